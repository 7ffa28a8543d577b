{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<h1>Upload</h1>
<p>All files of one upload are evidence of one run: a profile says what the CPU did, totals say how long the program waited. Together they decide.</p>
<form class="drop big upload-form" action="{{ACTION}}" method="post" enctype="multipart/form-data" data-upload="project">
<p><label for="file">Drop files or folders anywhere on this page, paste them, or choose</label></p>
<p><input id="file" type="file" name="file" multiple required></p>
<ul class="chosen" hidden></ul>
<div class="upload-fields">
<p class="field"><label for="project">project</label> <input id="project" name="project" required maxlength="63" pattern="[a-z0-9][a-z0-9._\-]*" value="{{PROJECT}}" list="projects" placeholder="order-service" autocomplete="off" aria-describedby="project-hint"> <span class="quiet" id="project-hint">one that is there, or a new name: a-z, 0-9, dot, dash</span></p>
<p class="field"><label for="run">run</label> <input id="run" name="run" maxlength="100" value="{{RUN}}" autocomplete="off" placeholder="a new one" aria-describedby="run-hint"> <span class="quiet" id="run-hint">name one that is there to add to it</span></p>
</div>
<fieldset class="upload-each" hidden><legend>Several files are</legend> <label><input type="radio" name="each" value="0" checked> one run together</label> <label><input type="radio" name="each" value="1"> each a run of its own</label></fieldset>
<details><summary>Commit, branch, scenario, clock</summary>
<div class="upload-fields">
<p class="field"><label for="commit">commit</label> <input id="commit" name="commit" maxlength="100"></p>
<p class="field"><label for="branch">branch</label> <input id="branch" name="branch" maxlength="100"></p>
<p class="field"><label for="scenario">scenario</label> <input id="scenario" name="scenario" maxlength="100" placeholder="checkout-peak"></p>
<p class="field"><label for="clock">what the samples count, where the file does not say</label> <select id="clock" name="clock"><option value="">as the file says</option><option value="cpu">CPU time: running threads alone</option><option value="wall">wall time: waiting is sampled too</option><option value="off">blocked time alone</option></select></p>
</div>
</details>
<details><summary>Numbers you know</summary>
<div class="upload-fields">
<p class="field"><label for="f-ops">requests served while it was recorded</label> <input id="f-ops" name="fact.ops" inputmode="decimal" maxlength="30"></p>
<p class="field"><label for="f-op">mean response time, in seconds</label> <input id="f-op" name="fact.op_s" inputmode="decimal" maxlength="30"></p>
<p class="field"><label for="f-wall">seconds recorded</label> <input id="f-wall" name="fact.wall_s" inputmode="decimal" maxlength="30"></p>
</div>
<p class="quiet">A profile of a busy service cannot show the share of one request; requests and response time can.</p>
</details>
<p class="upload-send"><button type="submit">Analyse</button> <progress max="100" value="0" hidden></progress></p>
<p class="status" role="status"></p>
</form>
<datalist id="projects">{{#PROJECTS}}<option value="{{NAME}}"></option>{{/PROJECTS}}</datalist>
<div class="upload-help">
<div>
<h2>No file yet?</h2>
<p>One minute of the program as it runs now, without root and without a profiler:</p>
<code class="command">stet record --pid PID --seconds 60 -o run.json</code>
<p class="quiet">It counts CPU time and wall time, so it tells computing from waiting. No stet there? <a href="/record.sh">record.sh</a> writes the same file from /proc.</p>
</div>
<div>
<h2>From a shell or a job</h2>
<code class="command">curl --fail-with-body --data-binary @profile.svg {{BASE}}/api/v1/projects/{{PROJECT_OR_NAME}}/profiles</code>
{{#LIMIT}}<p class="quiet">At most {{TEXT}} a file. gzip, zstd, zip and tar are opened.</p>{{/LIMIT}}
</div>
</div>
{{#FORMATS}}<details id="formats"><summary>What can be read, and what each proves</summary>
<div class="scroll"><table class="stack"><thead><tr><th scope="col">format</th><th scope="col">what it is</th><th scope="col">proves</th><th scope="col">cannot show</th></tr></thead><tbody>
{{#ROW}}<tr><th scope="row"><code>{{NAME}}</code></th><td>{{TITLE}}</td><td data-label="proves">{{PROVES}}</td><td data-label="cannot show">{{CANNOT}}</td></tr>
{{/ROW}}
</tbody></table></div></details>{{/FORMATS}}
{{>FOOT}}
