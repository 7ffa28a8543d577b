{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<h1>Upload</h1>
<p>All files of one upload are evidence of one run: a profile says what the CPU did, totals say how long the program waited. Together they decide.</p>
<form class="drop big" action="{{ACTION}}" method="post" enctype="multipart/form-data" data-upload="project">
<p><label for="file">Drop files here, or choose them</label></p>
<p><input id="file" type="file" name="file" multiple required></p>
<ul class="chosen" hidden></ul>
<div class="columns">
<p class="field"><label for="project">project</label> <input id="project" name="project" required maxlength="63" pattern="[a-z0-9][a-z0-9._\-]*" value="{{PROJECT}}" list="projects" placeholder="order-service"></p>
<p class="field"><label for="run">run, to add to one that is there</label> <input id="run" name="run" maxlength="100" value="{{RUN}}"></p>
<p class="field"><label for="commit">commit</label> <input id="commit" name="commit" maxlength="100"></p>
<p class="field"><label for="scenario">scenario</label> <input id="scenario" name="scenario" maxlength="100"></p>
</div>
<datalist id="projects">{{#PROJECTS}}<option value="{{NAME}}"></option>{{/PROJECTS}}</datalist>
<details><summary>Numbers you know</summary>
<p class="field"><label for="f-ops">requests served while it was recorded</label> <input id="f-ops" name="fact.ops" inputmode="decimal" maxlength="30"></p>
<p class="field"><label for="f-op">mean response time, in seconds</label> <input id="f-op" name="fact.op_s" inputmode="decimal" maxlength="30"></p>
<p class="field"><label for="f-wall">seconds recorded</label> <input id="f-wall" name="fact.wall_s" inputmode="decimal" maxlength="30"></p>
<p class="quiet">A profile of a busy service cannot show the share of one request; requests and response time can.</p>
</details>
<p><button type="submit">Analyse</button> <progress max="100" value="0" hidden></progress></p>
<p class="status" role="status"></p>
</form>
{{#LIMIT}}<p class="quiet">At most {{TEXT}} a file. gzip, zstd, zip and tar are opened.</p>{{/LIMIT}}
{{#FORMATS}}<details><summary>What can be read</summary><ul class="formats">
{{#ROW}}<li><code>{{NAME}}</code> {{TITLE}}</li>
{{/ROW}}
</ul></details>{{/FORMATS}}
{{>FOOT}}
