{{%AUTOESCAPE context="HTML"}}
{{#REQUEST}}
<h2>One request, {{OP_S}}</h2>
<svg class="timebar" viewBox="0 0 1000 26" preserveAspectRatio="none" role="img" aria-label="{{LABEL}}">
<rect class="c-wait" width="1000" height="26"/>
<rect class="c-idle" width="{{QUEUE_W}}" height="26"/>
<rect class="c-cpu" width="{{CPU_W}}" height="26"/>
</svg>
<p class="legend"><span class="key"><i class="sw c-cpu"></i> CPU {{CPU_S}}, {{CPU_SHARE}}</span> {{#QUEUE}}<span class="key"><i class="sw c-idle"></i> at most waiting for the own CPU {{TEXT}}</span>{{/QUEUE}} <span class="key"><i class="sw c-wait"></i> the rest: waiting for others</span></p>
{{#NOTE}}<p class="quiet">{{TEXT}}</p>{{/NOTE}}
{{/REQUEST}}
{{#TIME}}
<h2>{{TITLE}}</h2>
<svg class="timebar" viewBox="0 0 1000 26" preserveAspectRatio="none" role="img" aria-label="{{LABEL}}">
<rect class="track" width="1000" height="26"/>
{{#PART}}<rect class="c-{{KLASS}}" x="{{X}}" width="{{W}}" height="26"><title>{{WORDS}} {{SHARE}}</title></rect>
{{/PART}}
</svg>
<p class="legend">
{{#KEY}}<span class="key"><i class="sw c-{{KLASS}}"></i> {{WORDS}} {{#SECONDS}}{{TEXT}}, {{/SECONDS}}{{SHARE}}{{#RANGE}} ({{TEXT}}){{/RANGE}}</span>
{{/KEY}}
{{#BESIDE}}<span class="key beside">beside it, in no sum: {{WORDS}}{{#SECONDS}} {{TEXT}}{{/SECONDS}}</span>
{{/BESIDE}}
</p>
{{#NOTE}}<p class="quiet">{{TEXT}}</p>{{/NOTE}}
{{/TIME}}
{{#STRIP}}
<h2>How much of the time is CPU: not known. What the number would decide:</h2>
<svg class="timebar" viewBox="0 0 1000 26" preserveAspectRatio="none" role="img" aria-label="{{LABEL}}">
<rect class="zone-wait" width="{{W1}}" height="26"/><rect class="zone-mid" x="{{X2}}" width="{{W2}}" height="26"/><rect class="zone-open" x="{{X3}}" width="{{W3}}" height="26"/>
</svg>
<p class="legend"><span class="key"><i class="sw zone-wait"></i> below {{WAIT_LINE}}: fix the waiting</span> <span class="key"><i class="sw zone-mid"></i> {{WAIT_LINE}} to {{CPU_LINE}}: tune, fix the waiting</span> <span class="key"><i class="sw zone-open"></i> {{CPU_LINE}} and more: a rewrite may be proposed</span></p>
{{/STRIP}}
{{#ANSWERS}}
<div class="scroll"><table class="answers stack">
<thead><tr><th scope="col">What was asked</th>{{#FIGURES}}<th scope="col">today</th><th scope="col">at best, CPU free</th>{{/FIGURES}}<th scope="col">answer</th></tr></thead>
<tbody>
{{#ROW}}<tr class="{{ASKED}}"><th scope="row">{{GOAL}}</th>{{#FIGURES}}<td data-label="today">{{TODAY}}</td><td data-label="at best">{{BEST}}</td>{{/FIGURES}}<td>{{WORDS}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{/ANSWERS}}
