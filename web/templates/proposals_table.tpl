{{%AUTOESCAPE context="HTML"}}
<div class="scroll"><table class="proposals stack">
<thead><tr><th scope="col">proposal</th><th scope="col">asked for</th><th scope="col">state</th><th scope="col">answer</th><th scope="col">gate</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{#NAME}}<a href="{{URL}}">{{TEXT}}</a>{{/NAME}}{{#KIND}}<br><span class="quiet">{{TEXT}}</span>{{/KIND}}</th><td data-label="asked for">{{GOAL}}</td><td data-label="state">{{STATUS}}{{#SINCE}} <time class="quiet day" datetime="{{DATETIME}}" data-day>{{TEXT}}</time>{{/SINCE}}</td><td>{{#ANSWER}}<a class="pill {{STATE}}" href="{{URL}}">{{TEXT}}</a>{{#MARK}} <span class="caveat">{{TEXT}}</span>{{/MARK}}{{#SUMMARY}}<br><span class="quiet">{{TEXT}}</span>{{/SUMMARY}}{{/ANSWER}}{{#UNDECIDED}}<span class="quiet">not decided yet</span>{{/UNDECIDED}}</td><td data-label="gate">{{GATE}}</td></tr>
{{/ROW}}
</tbody></table></div>
