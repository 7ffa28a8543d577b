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
{{#WAY}}<p class="way noprint"><a href="#open">What would open it</a>{{#COUNTER}} <a href="#add">{{TEXT}}</a>{{/COUNTER}}</p>{{/WAY}}
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
{{>OPENS}}
{{>EVIDENCE}}
{{>PROOF}}
</div>
