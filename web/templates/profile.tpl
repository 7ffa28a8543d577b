{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<div class="profile-page">
<header class="profile-head">
<h1>{{NAME}}</h1>
{{#ANSWER}}<p class="profile-answer"><a href="{{URL}}"><span class="pill {{STATE}}">{{HEADLINE}}</span></a> <span class="quiet">gate: {{GATE}}{{#NOT_ASKED}} (nobody asked for a rewrite){{/NOT_ASKED}}</span></p>
{{/ANSWER}}
<p class="profile-measured" role="status" data-cpu="{{CPU}}" data-wall="{{WALL}}" data-off="{{OFF}}" data-unknown="{{UNKNOWN}}">{{MEASURED}}</p>
<p class="profile-links"><a href="{{REPORT}}">report</a> {{#SPEEDSCOPE}}<a href="{{URL}}">open in speedscope</a> {{/SPEEDSCOPE}}</p>
{{#DOWNLOADS}}<details class="profile-downloads"><summary>download</summary><ul>{{#ITEM}}<li><a href="{{URL}}"{{#FILE}} download{{/FILE}}>{{TEXT}}</a></li>{{/ITEM}}</ul></details>
{{/DOWNLOADS}}
</header>
<noscript>
{{#COLUMNS}}<nav class="profile-choose" aria-label="what is counted"><span class="quiet">counted:</span> {{#ITEM}}<a href="{{URL}}"{{#CHOSEN}} aria-current="true"{{/CHOSEN}}>{{TEXT}}{{#DETAIL}} <span class="quiet">{{TEXT}}</span>{{/DETAIL}}</a> {{/ITEM}}</nav>
{{/COLUMNS}}
{{#BESIDE}}<nav class="profile-choose" aria-label="put another profile of this run beside"><span class="quiet">beside:</span> {{#ITEM}}<a href="{{URL}}"{{#CHOSEN}} aria-current="true"{{/CHOSEN}}>{{TEXT}}{{#DETAIL}} <span class="quiet">{{TEXT}}</span>{{/DETAIL}}</a> {{/ITEM}}{{#ALONE}}<a href="{{URL}}">none</a>{{/ALONE}}</nav>
{{/BESIDE}}
</noscript>
{{>FLAME_GRAPH}}
</div>
{{>FOOT}}
