{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<div class="runline">
<h1>Proposals of {{NAME}}</h1>
{{#NEW}}<div class="tools"><a class="button" href="{{URL}}">Write a proposal</a></div>{{/NEW}}
</div>
<p>A proposal is decided on the evidence of its project; what was decided stays as it was, and is opened again when its reasons fall away.</p>
{{#WAIVERS}}<p>{{TEXT}}</p>{{/WAIVERS}}
{{#LIST}}{{>TABLE}}{{#MORE}}<p><a href="{{URL}}">older</a></p>{{/MORE}}{{/LIST}}
{{#NONE}}<p class="quiet">No proposal yet. One is written here, or sent as a document: <code>curl --data-binary @proposal.json {{TEXT}}</code></p>{{/NONE}}
{{>FOOT}}
