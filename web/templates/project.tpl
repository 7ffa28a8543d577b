{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<div class="title-row"><h1>{{NAME}}</h1>
<div class="tools noprint">{{#FUNCTIONS}}<form class="find" action="{{ACTION}}" method="get" role="search"><label class="hidden" for="fn">find a function in this project</label><input id="fn" name="q" type="search" placeholder="find a function" maxlength="100"> <button type="submit">Find</button></form>{{/FUNCTIONS}}{{#UPLOAD}}<a class="button" href="{{URL}}">Add a run</a>{{/UPLOAD}}</div></div>
{{#QUESTION}}<p class="question">{{TEXT}}</p>{{/QUESTION}}
<section data-live="now" aria-label="the answer now">{{#NOW}}<p class="answer-now"><span class="pill {{STATE}}">{{HEADLINE}}</span> <span class="quiet">gate: {{GATE}}{{#AGE}}, evidence <time datetime="{{DATETIME}}" data-words>{{TEXT}}</time>{{/AGE}}</span></p>
{{#SUMMARY}}<p class="answer-why">{{TEXT}}{{#MORE}} <a href="{{URL}}">the whole report</a>{{/MORE}}</p>{{/SUMMARY}}{{/NOW}}
{{#ATTENTION}}<h2>Needs attention</h2>
{{>ROWS}}{{/ATTENTION}}</section>
<div class="project-grid" data-live-project="{{NAME}}">
<div class="project-main">
<section data-live="trend" aria-label="trend">{{#TRENDS}}<h2>Trend</h2>
{{>TREND}}{{/TRENDS}}</section>
<section data-live="runs" aria-labelledby="runs-head">{{#LIST}}<h2 id="runs-head">Runs</h2>
{{#COMPARE}}<form id="compare" class="compare noprint" action="{{ACTION}}" method="get"><button type="submit">Compare the two that are chosen</button></form>{{/COMPARE}}
{{>TABLE}}
{{#MORE}}<p><a href="{{URL}}">older</a></p>{{/MORE}}
{{/LIST}}{{#NONE}}<h2 id="runs-head">Runs</h2><p class="quiet">No run yet. The first one comes from a file, or from a line in a shell: see below.</p>{{/NONE}}</section>
{{#ASKED}}<section data-live="asked" aria-labelledby="asked-head"><h2 id="asked-head">{{TITLE}}</h2>
{{#PROPOSALS}}{{>TABLE}}{{/PROPOSALS}}
{{#NOBODY}}<p class="quiet">Nobody proposed a rewrite here, so no gate is enforced.</p>{{/NOBODY}}
{{#WAIVERS}}<p>{{TEXT}}</p>{{/WAIVERS}}
<p>{{#WRITE}}<a class="button" href="{{URL}}">Write a proposal</a> {{/WRITE}}{{#ALL}}<a href="{{URL}}">all proposals</a>{{/ALL}}</p>
</section>{{/ASKED}}
</div>
<div class="project-side">
<div data-live="components">{{#COMPONENTS}}<section aria-labelledby="components-head"><h2 id="components-head">Components {{#FROM}}<a class="quiet" href="{{URL}}">of the newest run</a>{{/FROM}}</h2>
<div class="scroll"><table class="side">
<thead><tr><th scope="col">component</th><th scope="col" class="num">of CPU time</th><th scope="col" class="num">if it were free</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{NAME}}</th><td class="num">{{SHARE}}{{#BAND}}<br><span class="quiet">{{TEXT}}</span>{{/BAND}}</td><td class="num">{{CEILING}}</td></tr>
{{/ROW}}
</tbody></table></div></section>{{/COMPONENTS}}</div>
<div data-live="watch">{{#WATCH}}<section aria-labelledby="watch-head"><h2 id="watch-head">Watched</h2>
{{#FIRED}}<p class="caveat">Fired on the watch list: {{TEXT}}</p>{{/FIRED}}
<ul class="watch-list">
{{#ROW}}<li class="{{TONE}}"><span class="tag {{TONE}}">{{STATE}}</span> <span class="what">{{#LINKED}}<a href="{{URL}}">{{TEXT}}</a>{{/LINKED}}{{#BARE}}{{TEXT}}{{/BARE}}<br><span class="quiet">{{#NUMBER}}{{TEXT}} {{/NUMBER}}{{#DATE}}on <time datetime="{{DATETIME}}" data-day>{{TEXT}}</time> {{/DATE}}{{#SINCE}}since <time datetime="{{DATETIME}}">{{TEXT}}</time>{{/SINCE}}</span></span></li>
{{/ROW}}
</ul></section>{{/WATCH}}</div>
{{#RULES}}<section data-live="rules" aria-labelledby="rules-head"><h2 id="rules-head">Decided by</h2>
<dl class="lines">
{{#LINE}}<dt>{{WORDS}}</dt><dd><strong>{{VALUE}}</strong> <span class="quiet">{{OWNER}}</span></dd>
{{/LINE}}
</dl>
{{#OWN}}<p>Rules of its own, version {{VERSION}}{{#BY}}, by {{TEXT}}{{/BY}}{{#AT}}, <time datetime="{{DATETIME}}">{{TEXT}}</time>{{/AT}}.</p>{{/OWN}}
{{#STANDING}}<p class="quiet">The standing rules, with their defaults; the project set none of its own.</p>{{/STANDING}}
<p>{{#EDIT}}<a href="{{URL}}">rules and thresholds</a>{{/EDIT}}</p>
</section>{{/RULES}}
<div data-live="corrections">{{#CORRECTIONS}}<section aria-labelledby="corrections-head"><h2 id="corrections-head">Categories corrected</h2>
<ul class="watch-list plain">
{{#ROW}}<li><span class="what"><code>{{PATTERN}}</code> <span class="quiet">({{KIND}})</span> is {{CATEGORY}}<br><span class="quiet">{{#REASON}}{{TEXT}}. {{/REASON}}{{#BY}}{{TEXT}}, {{/BY}}{{#AT}}<time datetime="{{DATETIME}}">{{TEXT}}</time>{{/AT}}</span></span> <button type="button" data-revoke="{{URL}}" aria-label="revoke the correction of {{PATTERN}}" hidden>revoke</button></li>
{{/ROW}}
</ul>{{#MORE}}<p class="quiet">{{TEXT}}</p>{{/MORE}}<p class="quiet failed" role="status" data-revoke-status></p></section>{{/CORRECTIONS}}</div>
{{#FACTS}}<section data-live="facts" aria-labelledby="facts-head"><h2 id="facts-head">Told about it</h2>
<dl class="lines">
{{#ROW}}<dt><code>{{NAME}}</code>{{#SCOPE}} <span class="quiet">{{TEXT}}</span>{{/SCOPE}}</dt><dd><strong>{{VALUE}}</strong>{{#BAND}} <span class="quiet">{{TEXT}}</span>{{/BAND}}<br><span class="quiet">{{#BY}}{{TEXT}}, {{/BY}}{{#AT}}<time datetime="{{DATETIME}}">{{TEXT}}</time>{{/AT}}{{#SOURCE}}, {{TEXT}}{{/SOURCE}}</span></dd>
{{/ROW}}
</dl></section>{{/FACTS}}
{{#HOW}}{{>UPLOADING}}{{/HOW}}
</div>
</div>
<div data-live="files">{{#PROFILES}}<details class="whole"><summary><h2 id="files-head">Files, the newest {{COUNT}}</h2></summary>
<div class="scroll"><table class="files stack">
<thead><tr><th scope="col">file</th><th scope="col">format</th><th scope="col">run</th><th scope="col" class="num">size</th><th scope="col">received</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row"><a href="{{URL}}">{{NAME}}</a>{{#FAILED}}<br><span class="failed">could not be read: {{TEXT}}</span>{{/FAILED}}{{#UNDER_WAY}} <span class="tag calm">{{TEXT}}</span>{{/UNDER_WAY}}</th><td>{{FORMAT}}</td><td><a href="{{RUN_URL}}">{{RUN}}</a></td><td class="num">{{BYTES}}</td><td>{{#AT}}<time datetime="{{DATETIME}}">{{TEXT}}</time>{{/AT}}</td></tr>
{{/ROW}}
</tbody></table></div></details>{{/PROFILES}}</div>
{{>FOOT}}
