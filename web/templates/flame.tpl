{{%AUTOESCAPE context="HTML"}}
{{#CHOOSER}}<nav class="flame-choose" aria-label="profiles of this run"><span class="quiet">of this run:</span> {{#ITEM}}<a href="{{URL}}" data-flame-profile="{{ID}}"{{#CHOSEN}} aria-current="true"{{/CHOSEN}}>{{NAME}} <span class="quiet">{{CLOCK}}</span></a> {{/ITEM}}</nav>
{{/CHOOSER}}
<div class="flame-mounts{{#PAIR}} flame-pair{{/PAIR}}">
{{#GRAPH}}<div class="flame-mount{{#FULL}} flame-full{{/FULL}}" data-flame="{{URL}}" data-profile="{{ID}}" data-name="{{NAME}}" data-clock="{{CODE}}" data-project="{{PROJECT}}" data-run="{{RUN}}" data-page="{{PAGE}}" data-profiles="{{PROFILES}}"{{#WRITE}} data-write="1"{{/WRITE}}>
{{#STILL}}<noscript><div class="scroll"><a href="{{PICTURE}}"><img class="flame-picture" src="{{PICTURE}}" alt="flame graph of {{NAME}}, coloured by category"></a></div></noscript>{{/STILL}}
</div>
{{/GRAPH}}
</div>
