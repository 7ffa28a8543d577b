{{%AUTOESCAPE context="HTML"}}
{{#NEXT}}
<h2>What to do next</h2>
<ol class="next">
{{#STEP}}<li class="{{KIND}}">{{#PLAIN}}<span>{{TEXT}}</span>{{/PLAIN}}{{#COMMAND}}<code class="command">{{TEXT}}</code>{{/COMMAND}} <span class="quiet">{{DETAIL}}</span></li>
{{/STEP}}
</ol>
{{/NEXT}}
