{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<h1>{{NAME}}</h1>
{{#QUESTION}}<p class="question">{{TEXT}}</p>{{/QUESTION}}
{{#UPLOAD}}<p><a class="button" href="{{URL}}">Add a run</a></p>{{/UPLOAD}}
{{#ASKED}}<section aria-labelledby="asked-head"><h2 id="asked-head">Proposals and decisions</h2>
{{#PROPOSALS}}{{>TABLE}}{{/PROPOSALS}}
{{#FIRED}}<p class="notice state">Fired on the watch list:</p><ul>
{{#ROW}}<li>{{#LINKED}}<a href="{{URL}}">{{TEXT}}</a>{{/LINKED}}{{#BARE}}{{TEXT}}{{/BARE}}</li>
{{/ROW}}</ul>{{/FIRED}}
{{#WAIVERS}}<p>{{TEXT}}</p>{{/WAIVERS}}
{{#ALL}}<p><a href="{{URL}}">all proposals</a></p>{{/ALL}}
</section>{{/ASKED}}
{{#LIST}}<section><h2>Runs</h2>
{{>TABLE}}
{{#MORE}}<p><a href="{{URL}}">older</a></p>{{/MORE}}
</section>{{/LIST}}
{{#NONE}}<p class="quiet">No run yet.</p>{{/NONE}}
{{#PROFILES}}<section><h2>Files</h2>
<div class="scroll"><table class="files stack">
<thead><tr><th scope="col">file</th><th scope="col">format</th><th scope="col">run</th><th scope="col" class="num">size</th><th scope="col">received</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row"><a href="{{URL}}">{{NAME}}</a></th><td>{{FORMAT}}</td><td><a href="{{RUN_URL}}">{{RUN}}</a></td><td class="num">{{BYTES}}</td><td>{{CREATED}}</td></tr>
{{/ROW}}
</tbody></table></div></section>{{/PROFILES}}
{{>FOOT}}
