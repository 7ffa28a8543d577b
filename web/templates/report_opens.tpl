{{%AUTOESCAPE context="HTML"}}
<section class="opens {{STATE}}" id="open" aria-labelledby="open-head">
<h2 id="open-head">{{TITLE}}</h2>
{{#WORDS}}<p>{{TEXT}}</p>{{/WORDS}}
{{#CLOSED}}
<div class="scroll"><table class="closed-by stack">
<thead><tr><th scope="col">what keeps it closed</th><th scope="col" class="num">measured</th><th scope="col" class="num">line</th><th scope="col">distance</th><th scope="col">what would open it</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{REASON}} <span class="quiet">{{ID}}</span></th><td class="num" data-label="measured">{{MEASURED}}</td><td class="num" data-label="line">{{LINE}}{{#OWNER}} <span class="line-owner">({{TEXT}})</span>{{/OWNER}}</td><td data-label="distance">{{DISTANCE}}</td><td data-label="what would open it">{{OPENS}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{/CLOSED}}
{{#FLIPS}}<p><b>The answer changes when</b> {{TEXT}}.</p>{{/FLIPS}}
{{#FIRST}}<p><b>{{LEAD}}</b> {{WHY}}</p>
{{#COMMAND}}<code class="command">{{TEXT}}</code>{{/COMMAND}}
<p class="quiet">{{DETAIL}}</p>{{/FIRST}}
{{#FORMS}}
<div class="columns forms" id="add">
{{#DROP}}
<form class="drop upload-form" action="{{ACTION}}" method="post" enctype="multipart/form-data" data-upload="run">
<p><label for="file">Profiles or totals of the same run, or counter-evidence: any number of files, any tool. Drop them anywhere on this page.</label></p>
<p><input id="file" type="file" name="file" multiple required></p>
<p><button type="submit">Add to this run</button> <progress max="100" value="0" hidden></progress></p>
<p class="status" role="status"></p>
<p class="quiet">The run is answered anew as the next revision; this one stays as it is, and so does its link.</p>
</form>
{{/DROP}}
{{#ASKS}}
<form class="asks" action="{{ACTION}}" method="post">
<p><b>{{LEAD}}</b> They are shown as declared, with their date; leave empty what you do not know.</p>
{{#ASK}}
<div class="ask">
<label for="ask-{{NAME}}">{{LABEL}}</label>
{{#NUMBER}}<input id="ask-{{NAME}}" name="fact.{{NAME}}" inputmode="decimal" pattern="[0-9.eE+\-]*" maxlength="30" autocomplete="off" aria-describedby="hint-{{NAME}}">{{/NUMBER}}
{{#CHOICE}}<select id="ask-{{NAME}}" name="fact.{{NAME}}" aria-describedby="hint-{{NAME}}"><option value="">not known</option>{{#OPTION}}<option value="{{VALUE}}">{{TEXT}}</option>{{/OPTION}}</select>{{/CHOICE}}
<p class="quiet" id="hint-{{NAME}}">{{HINT}}. <span class="settles">Would settle: {{SETTLES}}.</span></p>
</div>
{{/ASK}}
{{#MORE}}<details><summary>{{TITLE}}</summary>
{{#ASK}}
<div class="ask">
<label for="ask-{{NAME}}">{{LABEL}}</label>
{{#NUMBER}}<input id="ask-{{NAME}}" name="fact.{{NAME}}" inputmode="decimal" pattern="[0-9.eE+\-]*" maxlength="30" autocomplete="off" aria-describedby="hint-{{NAME}}">{{/NUMBER}}
{{#CHOICE}}<select id="ask-{{NAME}}" name="fact.{{NAME}}" aria-describedby="hint-{{NAME}}"><option value="">not known</option>{{#OPTION}}<option value="{{VALUE}}">{{TEXT}}</option>{{/OPTION}}</select>{{/CHOICE}}
<p class="quiet" id="hint-{{NAME}}">{{HINT}}. <span class="settles">Would settle: {{SETTLES}}.</span></p>
</div>
{{/ASK}}
</details>{{/MORE}}
<p><button type="submit">Use these numbers</button></p>
{{#KNOWN}}<details><summary>{{TITLE}}</summary>
<dl class="facts">
{{#FACT}}<dt>{{LABEL}}</dt><dd>{{VALUE}} <span class="quiet">{{SOURCE}}</span></dd>
{{/FACT}}
</dl>
<p class="quiet"><a href="#inputs-head">all inputs of the answer</a></p></details>{{/KNOWN}}
</form>
{{/ASKS}}
</div>
{{/FORMS}}
</section>
