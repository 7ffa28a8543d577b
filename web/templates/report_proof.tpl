{{%AUTOESCAPE context="HTML"}}
{{#RULES}}
<section aria-labelledby="rules-head">
<h2 id="rules-head">Rules</h2>
<div class="scroll"><table class="rules stack">
<thead><tr><th scope="col">rule</th><th scope="col">value</th><th scope="col">reason</th><th scope="col" class="num">measured</th><th scope="col" class="num">line</th><th scope="col">distance</th></tr></thead>
<tbody>
{{#ROW}}<tr class="{{KIND}}"><th scope="row">{{ID}}</th><td>{{VALUE}}</td><td>{{REASON}}{{#MISSING}} <span class="quiet">Needs {{TEXT}}.</span>{{/MISSING}}{{#REMEDY}} <span class="quiet">What would help: {{TEXT}}.</span>{{/REMEDY}}{{#SOURCE}} <span class="quiet">{{TEXT}}</span>{{/SOURCE}}</td><td class="num" data-label="measured">{{MEASURED}}</td><td class="num" data-label="line">{{LINE}}{{#OWNER}} <span class="quiet">({{TEXT}})</span>{{/OWNER}}</td><td>{{DISTANCE}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{#QUIET_RULES}}<details><summary>{{TEXT}}</summary><p class="quiet">{{IDS}}</p></details>{{/QUIET_RULES}}
</section>
{{/RULES}}
{{#INPUTS}}
<section aria-labelledby="inputs-head">
<h2 id="inputs-head">Inputs</h2>
<div class="scroll"><table class="inputs stack">
<thead><tr><th scope="col">name</th><th scope="col">value</th><th scope="col">where from</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{NAME}} <span class="quiet">{{MEANING}}</span></th><td>{{VALUE}}</td><td>{{ORIGIN}}{{#BY}} <span class="quiet">{{TEXT}}</span>{{/BY}}{{#WRONG}}<br><span class="caveat">if this is wrong: {{TEXT}}</span>{{/WRONG}}</td></tr>
{{/ROW}}
</tbody></table></div>
</section>
{{/INPUTS}}
<section aria-labelledby="versions-head">
<h2 id="versions-head">Versions and hashes</h2>
<dl class="facts versions">
{{#VERSION_ROW}}<dt>{{KEY}}</dt><dd>{{VALUE}}</dd>{{/VERSION_ROW}}
{{#HASH}}<dt>{{NAME}}</dt><dd><code class="hash">{{SHA}}</code></dd>{{/HASH}}
</dl>
</section>
