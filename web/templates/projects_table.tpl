{{%AUTOESCAPE context="HTML"}}
<div class="scroll"><table class="projects stack">
<thead><tr><th scope="col">{{WHAT}}</th><th scope="col">question asked</th><th scope="col">answer</th><th scope="col" class="wide">CPU share, interval</th><th scope="col">evidence</th><th scope="col">gate</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row"><a href="{{URL}}">{{NAME}}</a>{{#DETAIL}}<br><span class="quiet">{{TEXT}}</span>{{/DETAIL}}</th><td data-label="asked">{{QUESTION}}</td><td><span class="pill {{STATE}}">{{HEADLINE}}</span></td><td class="wide">{{#KNOWN}}<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="10"/><rect class="c-cpu" width="{{W}}" height="10"/><rect class="whisker" x="{{X}}" width="{{WW}}" y="4" height="2"/></svg>{{/KNOWN}}{{#UNKNOWN}}<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="track unknown" width="100" height="10"/></svg>{{/UNKNOWN}}<span class="quiet">{{SHARE}}</span></td><td data-label="evidence">{{AGE}}</td><td data-label="gate">{{GATE}}</td></tr>
{{/ROW}}
</tbody></table></div>
