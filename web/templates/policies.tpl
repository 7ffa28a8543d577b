{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<div class="editor policies" data-policies data-document="{{DOCUMENT:p}}" data-rules="{{RULES_TEXT:p}}" data-save="{{SAVE_URL}}" data-trial="{{TRIAL_URL}}" data-facts="{{FACTS_URL}}" data-write="{{MAY_WRITE}}" data-try="{{MAY_TRY}}" data-version="{{VERSION_NO}}">
<h1>Rules of {{PROJECT}}</h1>
<p>{{STATE}}{{#TIME}}, <time datetime="{{ISO}}">{{TEXT}}</time>{{/TIME}}{{#KEPT}}; {{TEXT}}{{/KEPT}}</p>
{{#OLDER}}<p class="notice">This is an older version. <a href="{{URL}}">See the one that holds</a>.</p>{{/OLDER}}
{{#BROKEN}}<p class="notice state">{{TEXT}}</p>{{/BROKEN}}
<p class="quiet">A closed gate names the rule that closed it. Rules come from packs; a project adds packs, lines and rules of its own, and every version is kept.</p>
<section aria-labelledby="packs-head">
<h2 id="packs-head">Packs</h2>
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">pack</th><th scope="col">what it is for</th><th scope="col" class="num">rules</th><th scope="col">holds here</th></tr></thead>
<tbody>
{{#PACK}}<tr><th scope="row">{{TITLE}} <span class="quiet">{{NAME}}</span></th><td>{{ABOUT}}</td><td class="num" data-label="rules">{{RULES}}</td><td data-label="holds here">{{#ALWAYS}}always{{/ALWAYS}}{{#PICK}}<label class="check"><input type="checkbox" data-pack="{{NAME}}" disabled{{#CHOSEN}} checked{{/CHOSEN}}> <span class="hidden">{{TITLE}}</span>{{WORDS}}</label>{{/PICK}}</td></tr>
{{/PACK}}
</tbody></table></div>
</section>
<section aria-labelledby="lines-head">
<h2 id="lines-head">Lines <span class="quiet">from where on something counts</span></h2>
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">line</th><th scope="col">value, share 0 to 1</th><th scope="col">set by</th></tr></thead>
<tbody>
{{#LINE}}<tr><th scope="row">{{WORDS}} <span class="quiet">{{NAME}}</span></th><td data-label="value"><input data-line="{{NAME}}" value="{{VALUE}}" placeholder="{{DEFAULT}}" aria-label="{{WORDS}}" readonly inputmode="decimal"></td><td data-label="set by">{{SET}}</td></tr>
{{/LINE}}
</tbody></table></div>
</section>
<section aria-labelledby="own-head">
<h2 id="own-head">Rules of its own</h2>
{{#RULES}}
<div class="scroll" data-own-table><table class="stack">
<thead><tr><th scope="col">rule</th><th scope="col">fires when</th><th scope="col">effect</th><th scope="col">reason</th></tr></thead>
<tbody>
{{#RULE}}<tr><th scope="row">{{ID}}</th><td data-label="fires when"><code>{{WHEN}}</code></td><td data-label="effect"><code>{{EFFECT}}</code></td><td data-label="reason">{{REASON}}</td></tr>
{{/RULE}}
</tbody></table></div>
{{/RULES}}
{{#NO_RULES}}<p class="quiet" data-own-table>None.</p>{{/NO_RULES}}
<div data-own-place></div>
</section>
<section aria-labelledby="exempt-head">
<h2 id="exempt-head">Exemptions</h2>
{{#EXEMPTIONS}}
<div class="scroll" data-exempt-table><table class="stack">
<thead><tr><th scope="col">rule</th><th scope="col">owner</th><th scope="col">reason</th><th scope="col">until</th><th scope="col">state</th></tr></thead>
<tbody>
{{#EXEMPTION}}<tr><th scope="row">{{RULE}}</th><td data-label="owner">{{OWNER}}</td><td data-label="reason">{{REASON}}</td><td data-label="until">{{UNTIL}}</td><td data-label="state">{{STATE}}</td></tr>
{{/EXEMPTION}}
</tbody></table></div>
{{/EXEMPTIONS}}
{{#NO_EXEMPTIONS}}<p class="quiet" data-exempt-table>None.</p>{{/NO_EXEMPTIONS}}
<div data-exempt-place></div>
</section>
{{#WATCH}}
<section aria-labelledby="watch-head">
<h2 id="watch-head">What opens decisions again</h2>
<ul>{{#ROW}}<li>{{TEXT}}{{#WHEN}} <code>{{TEXT}}</code>{{/WHEN}}</li>
{{/ROW}}</ul>
</section>
{{/WATCH}}
<div data-edit-place></div>
{{#READER}}<p class="notice">{{TEXT}}</p>{{/READER}}
<noscript><p class="notice">Changing it here needs scripts; from a shell: <code>curl -X PUT --data-binary @.stet.json "$STET{{SAVE_URL}}"</code></p></noscript>
{{#VERSIONS}}
<section aria-labelledby="versions-head">
<h2 id="versions-head">Versions</h2>
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">version</th><th scope="col">set</th><th scope="col">by</th><th scope="col">came</th><th scope="col">what changed</th></tr></thead>
<tbody>
{{#ROW}}<tr data-version-row="{{NUMBER}}" data-api="{{API}}"><th scope="row"><a href="{{URL}}">{{NUMBER}}</a></th><td data-label="set">{{#TIME}}<time datetime="{{ISO}}">{{TEXT}}</time>{{/TIME}}</td><td data-label="by">{{BY}}</td><td data-label="came">{{ORIGIN}}</td><td data-label="what changed"></td></tr>
{{/ROW}}
</tbody></table></div>
<div id="difference" tabindex="-1"></div>
</section>
{{/VERSIONS}}
</div>
{{>FOOT}}
