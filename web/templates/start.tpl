{{%AUTOESCAPE context="HTML"}}
<section class="start">
{{#DROP}}
<form class="drop" action="{{ACTION}}" method="post" enctype="multipart/form-data" data-upload="project">
<p><label for="file">Drop profiles here: any number, any tool, one run</label></p>
<p><input id="file" type="file" name="file" multiple required></p>
<p class="field"><label for="project">project</label> <input id="project" name="project" required maxlength="63" pattern="[a-z0-9][a-z0-9._\-]*" placeholder="order-service"></p>
<p><button type="submit">Analyse</button> <progress max="100" value="0" aria-label="sent" hidden></progress></p>
<p class="status" role="status"></p>
</form>
{{/DROP}}
<div class="shell">
{{#QUICK}}
<form class="quick" action="{{ACTION}}" method="get">
<p>No file? Four numbers are a start.</p>
<p class="field"><label for="q-wall">seconds</label> <input id="q-wall" name="wall_s" inputmode="decimal" maxlength="30"></p>
<p class="field"><label for="q-cpu">CPU seconds</label> <input id="q-cpu" name="cpu_s" inputmode="decimal" maxlength="30"></p>
<p class="field"><label for="q-ops">requests</label> <input id="q-ops" name="ops" inputmode="decimal" maxlength="30"></p>
<p class="field"><label for="q-op">mean response, s</label> <input id="q-op" name="op_s" inputmode="decimal" maxlength="30"></p>
<p><button type="submit">Answer</button></p>
</form>
{{/QUICK}}
<p>Or from a shell:</p>
<code class="command">stet analyze profile.svg</code>
{{#CURL}}<code class="command">curl --fail-with-body --data-binary @profile.svg {{BASE}}/api/v1/projects/NAME/profiles</code>
<p class="quiet">No profiler at hand? <a href="/record.sh">record.sh</a> counts CPU and waiting of a process from /proc, without root.</p>{{/CURL}}
</div>
</section>
