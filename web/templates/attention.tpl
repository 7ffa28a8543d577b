{{%AUTOESCAPE context="HTML"}}
<ul class="attention">
{{#ROW}}<li>{{#KIND}}<span class="tag {{TONE}}">{{TEXT}}</span>{{/KIND}}<span class="what">{{#PROJECT}}<a class="quiet" href="{{URL}}">{{TEXT}}</a> {{/PROJECT}}{{#LINKED}}<a href="{{URL}}">{{TEXT}}</a>{{/LINKED}}{{#BARE}}{{TEXT}}{{/BARE}}</span>{{#AT}}<time class="quiet" datetime="{{DATETIME}}">{{TEXT}}</time>{{/AT}}</li>
{{/ROW}}
</ul>
