{{%AUTOESCAPE context="HTML"}}
<section class="sheet" aria-labelledby="answer">
<p class="question">{{QUESTION}}</p>
<div class="verdict {{STATE}}">
<div class="verdict-head">
<h1 id="answer">{{HEADLINE}}</h1>
<p class="gate">gate: {{GATE}}{{#NOT_ASKED}} <span class="quiet">(nobody asked for a rewrite)</span>{{/NOT_ASKED}}</p>
</div>
<p class="summary">{{SENTENCE}}</p>
{{#SURE}}<p class="sure"><b>How sure:</b> {{TEXT}}</p>{{/SURE}}
</div>
{{>SHOWN}}
{{#LEVERS}}
<h2>What could be won <span class="quiet">same evidence, assumption beside each</span></h2>
<div class="scroll"><table class="levers stack">
<thead><tr><th scope="col">step</th><th scope="col" class="num">then</th><th scope="col" class="num">faster</th><th scope="col">assumes</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{NAME}}</th><td class="num" data-label="then">{{RUN}}</td><td class="num" data-label="faster">{{SPEEDUP}} <span class="quiet">{{RANGE}}</span></td><td data-label="assumes">{{ASSUMES}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{/LEVERS}}
{{>STEPS}}
<dl class="facts">
{{#FLIPS}}<dt>What would change it</dt><dd>{{TEXT}}</dd>{{/FLIPS}}
{{#CANNOT}}<dt>What is not known</dt><dd>{{TEXT}}</dd>{{/CANNOT}}
{{#NOT_GIVEN}}<dt>Not given yet</dt><dd>{{TEXT}}</dd>{{/NOT_GIVEN}}
<dt>Lines used</dt><dd>{{LINES}}</dd>
{{#ASSUMED}}<dt>Assumed</dt><dd>{{TEXT}}</dd>{{/ASSUMED}}
</dl>
</section>
<div class="below">
{{#FORMS}}
<section class="forms" id="add" aria-labelledby="add-head">
<h2 id="add-head">Add evidence to this run</h2>
<div class="columns">
{{#DROP}}
<form class="drop" action="{{ACTION}}" method="post" enctype="multipart/form-data" data-upload="run">
<p><label for="file">Profiles or totals of the same run, or counter-evidence: any number of files, any tool.</label></p>
<p><input id="file" type="file" name="file" multiple required></p>
<p><button type="submit">Add to this run</button> <progress max="100" value="0" hidden></progress></p>
<p class="status" role="status"></p>
</form>
{{/DROP}}
{{#ASKS}}
<form class="asks" action="{{ACTION}}" method="post">
<p>Numbers that would settle something. They are shown as declared, with their date; leave empty what you do not know.</p>
{{#ASK}}
<div class="ask">
<label for="ask-{{NAME}}">{{LABEL}}</label>
{{#NUMBER}}<input id="ask-{{NAME}}" name="fact.{{NAME}}" inputmode="decimal" pattern="[0-9.eE+\-]*" maxlength="30" autocomplete="off">{{/NUMBER}}
{{#CHOICE}}<select id="ask-{{NAME}}" name="fact.{{NAME}}"><option value="">not known</option>{{#OPTION}}<option value="{{VALUE}}">{{TEXT}}</option>{{/OPTION}}</select>{{/CHOICE}}
<p class="quiet">{{HINT}}. Settles {{SETTLES}}.</p>
</div>
{{/ASK}}
<p><button type="submit">Use these numbers</button></p>
</form>
{{/ASKS}}
</div>
</section>
{{/FORMS}}
{{>EVIDENCE}}
{{>PROOF}}
</div>
