{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<div class="runline">
<h1>{{TITLE}}</h1>
<div class="tools">{{#EDIT}}<a class="button" href="{{URL}}">Edit</a>{{/EDIT}}{{#DECIDE}}<form method="post" action="{{URL}}"><button type="submit">Decide</button></form>{{/DECIDE}}</div>
</div>
<p class="question">{{#KIND}}{{TEXT}}{{/KIND}}{{#CHANGE}}, {{TEXT}}{{/CHANGE}}{{#GOAL}}; asked for: {{TEXT}}{{/GOAL}}</p>
<p>{{STATE}}</p>
{{#OLDER}}<p class="notice">This is an older version. <a href="{{URL}}">See the newest</a>.</p>{{/OLDER}}
{{#SCOPE}}<p><b>Scope:</b> {{TEXT}}</p>{{/SCOPE}}
{{#DECISIONS}}
<section aria-labelledby="decisions-head">
<h2 id="decisions-head">Decisions</h2>
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">when</th><th scope="col">answer</th><th scope="col">gate</th><th scope="col">state</th><th scope="col">on version</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row"><a href="{{URL}}">{{#TIME}}<time datetime="{{ISO}}">{{TEXT}}</time>{{/TIME}}{{#UNDATED}}a decision{{/UNDATED}}</a></th><td><span class="pill {{STATE}}">{{TEXT}}</span>{{#SUMMARY}}<br><span class="quiet">{{TEXT}}</span>{{/SUMMARY}}</td><td data-label="gate">{{GATE}}</td><td data-label="state">{{STATUS}}</td><td data-label="on version">{{VERSION}}</td></tr>
{{/ROW}}
</tbody></table></div>
</section>
{{/DECISIONS}}
{{#NO_DECISION}}<p class="quiet">Not decided yet.</p>{{/NO_DECISION}}
{{#GROUP}}
<section>
<h2>{{TITLE}}</h2>
<div class="scroll"><table class="inputs terms stack">
<tbody>
{{#ROW}}<tr><th scope="row">{{KEY}}</th><td>{{VALUE}}</td></tr>
{{/ROW}}
</tbody></table></div>
</section>
{{/GROUP}}
{{#VERSIONS}}
<section aria-labelledby="versions-head">
<h2 id="versions-head">Versions</h2>
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">version</th><th scope="col">made</th><th scope="col">by</th><th scope="col">hash</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row"><a href="{{URL}}">{{VERSION}}</a></th><td data-label="made">{{#TIME}}<time datetime="{{ISO}}">{{TEXT}}</time>{{/TIME}}</td><td data-label="by">{{BY}}</td><td><code class="hash">{{SHA}}</code></td></tr>
{{/ROW}}
</tbody></table></div>
</section>
{{/VERSIONS}}
{{>FOOT}}
