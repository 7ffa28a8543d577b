{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<h1>Proposals of {{NAME}}</h1>
<p>A proposal is decided on the evidence of its project; what was decided stays as it was, and is opened again when its reasons fall away.</p>
{{#WAIVERS}}<p>{{TEXT}}</p>{{/WAIVERS}}
{{#LIST}}{{>TABLE}}{{#MORE}}<p><a href="{{URL}}">older</a></p>{{/MORE}}{{/LIST}}
{{#NONE}}<p class="quiet">No proposal yet. One is made by sending a document: <code>curl --data-binary @proposal.json {{TEXT}}</code></p>{{/NONE}}
{{>FOOT}}
