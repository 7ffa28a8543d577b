{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<div class="editor" data-editor data-project="{{PROJECT}}" data-id="{{ID}}" data-save="{{SAVE_URL}}" data-preview="{{PREVIEW_URL}}" data-claims="{{CLAIMS_URL}}" data-facts="{{FACTS_URL}}" data-write="{{MAY_WRITE}}">
<div class="runline">
<h1>{{TITLE}}</h1>
{{#BACK}}<p><a href="{{URL}}">{{TEXT}}</a></p>{{/BACK}}
</div>
<p class="quiet">{{INTRO}}</p>
{{#READER}}<p class="notice">{{TEXT}}</p>{{/READER}}
{{#TROUBLE}}
<section class="sheet error" aria-labelledby="trouble-head" id="trouble" tabindex="-1">
<h2 id="trouble-head">Not saved: {{COUNT}}</h2>
<ul>{{#ROW}}<li>{{#AT}}<a href="#{{TARGET}}">{{NAME}}</a>: {{/AT}}{{TEXT}}</li>{{/ROW}}</ul>
</section>
{{/TROUBLE}}
<div class="ed-tabs" role="tablist" aria-label="ways to write the proposal" hidden>
<button type="button" role="tab" id="tab-form" aria-controls="panel-form" aria-selected="true">form</button>
<button type="button" role="tab" id="tab-document" aria-controls="panel-document" aria-selected="false" tabindex="-1">document</button>
<button type="button" role="tab" id="tab-text" aria-controls="panel-text" aria-selected="false" tabindex="-1">check a text</button>
</div>
<div class="ed-columns">
<div class="ed-main">
<form method="post" action="{{ACTION}}" id="proposal-form" novalidate>
<div id="panel-form">
<section class="ed-group" aria-labelledby="group-run">
<h2 id="group-run">Evidence</h2>
{{#RUNS}}
<div class="ed-field"><label for="f-run">Recording it is judged by</label>
<select id="f-run" name="run"><option value="">the newest run when it is decided</option>{{#RUN}}<option value="{{VALUE}}"{{#CHOSEN}} selected{{/CHOSEN}}>{{LABEL}}</option>{{/RUN}}</select></div>
{{/RUNS}}
{{#NO_RUNS}}<p class="quiet">This project holds no recording yet, so nothing can be shown about speed. <a href="{{UPLOAD_URL}}">Add one</a>; what the proposal costs can be worked out already.</p>{{/NO_RUNS}}
<details class="ed-help"><summary>How numbers are written</summary>
<ul>
<li><code>2</code> or <code>1.5</code>, <code>200k</code>, <code>30 %</code>: one number</li>
<li><code>18..24</code>: anything from 18 to 24, each as likely</li>
<li><code>18..21..24</code>: lowest, most likely, highest</li>
<li><code>p10 18 p90 24</code>: one time in ten below 18, one in ten above 24</li>
<li>an empty field is not known: never 0, and named in the answer where it is missing</li>
</ul></details>
</section>
{{#GROUP}}
{{#OPEN}}
<section class="ed-group" aria-labelledby="group-{{ID}}">
<h2 id="group-{{ID}}">{{TITLE}}</h2>
{{#HINT}}<p class="quiet">{{TEXT}}</p>{{/HINT}}
<div class="ed-fields">{{>FIELD}}</div>
</section>
{{/OPEN}}
{{#FOLDED}}
<details class="ed-group ed-more"{{#WIDE}} open{{/WIDE}}><summary>{{TITLE}}</summary>
{{#HINT}}<p class="quiet">{{TEXT}}</p>{{/HINT}}
<div class="ed-fields">{{>FIELD}}</div>
</details>
{{/FOLDED}}
{{#LIST}}
<section class="ed-group ed-list" aria-labelledby="group-{{ID}}" data-list="{{ID}}" data-list-kind="{{KIND}}">
<h2 id="group-{{ID}}">{{TITLE}}</h2>
{{#HINT}}<p class="quiet">{{TEXT}}</p>{{/HINT}}
{{#ROW}}
<fieldset class="ed-row" data-row="{{INDEX}}"><legend>{{LEGEND}}</legend>
<div class="ed-fields">{{>FIELD}}</div>
</fieldset>
{{/ROW}}
</section>
{{/LIST}}
{{/GROUP}}
</div>
<section class="ed-group" id="panel-document" aria-labelledby="document-head">
<h2 id="document-head">The document</h2>
<p class="quiet">What the form writes, as JSON. Members that the form does not know stay as they are.</p>
<label class="hidden" for="f-document">proposal document</label>
<textarea id="f-document" name="document" class="ed-code" rows="24" spellcheck="false" autocomplete="off">{{DOCUMENT:p}}</textarea>
<p class="field-error" id="document-error" role="alert" hidden></p>
{{#PLAIN}}<p class="noscript-only"><button name="source" value="document">Save the document as it stands here</button></p>{{/PLAIN}}
</section>
{{#WRITE}}
<div class="ed-save">
<button type="submit" name="then" value="read">{{TEXT}}</button>
<button type="submit" name="then" value="decide" class="second">Save and decide</button>
<span class="status" role="status"></span>
</div>
{{/WRITE}}
</form>
<section class="ed-group" id="panel-text" aria-labelledby="text-head" hidden>
<h2 id="text-head">Check a text</h2>
<p class="quiet">Paste the text of a proposal (Markdown). Its numbers are found and checked by arithmetic, and its claims held against the recording. Nothing is stored.</p>
<label for="f-text">Text</label>
<textarea id="f-text" class="ed-code" rows="14" spellcheck="false"></textarea>
<p><button type="button" id="text-check">Check it</button> <span class="status" role="status" id="text-status"></span></p>
<div id="text-findings"></div>
</section>
</div>
<aside class="ed-preview" aria-label="what it would come to" hidden></aside>
</div>
</div>
{{>FOOT}}
