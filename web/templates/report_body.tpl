{{%AUTOESCAPE context="HTML"}}
<section class="sheet" aria-labelledby="answer">
<p class="question">{{QUESTION}}</p>
<div class="verdict {{STATE}}">
<div class="verdict-head">
<h1 id="answer">{{HEADLINE}}</h1>
<p class="gate">gate: {{GATE}}{{#NOT_ASKED}} <span class="quiet">(nobody asked for a rewrite)</span>{{/NOT_ASKED}}</p>
</div>
<p class="summary">{{SENTENCE}}</p>
{{#SURE}}<p class="sure"><b>How sure:</b> {{TEXT}}</p>{{/SURE}}
</div>
{{#REQUEST}}
<h2>One request, {{OP_S}}</h2>
<svg class="timebar" viewBox="0 0 1000 26" preserveAspectRatio="none" role="img" aria-label="{{LABEL}}">
<rect class="c-wait" width="1000" height="26"/>
<rect class="c-idle" width="{{QUEUE_W}}" height="26"/>
<rect class="c-cpu" width="{{CPU_W}}" height="26"/>
</svg>
<p class="legend"><span class="key"><i class="sw c-cpu"></i> CPU {{CPU_S}}, {{CPU_SHARE}}</span> {{#QUEUE}}<span class="key"><i class="sw c-idle"></i> at most waiting for the own CPU {{TEXT}}</span>{{/QUEUE}} <span class="key"><i class="sw c-wait"></i> the rest: waiting for others</span></p>
{{/REQUEST}}
{{#TIME}}
<h2>{{TITLE}}</h2>
<svg class="timebar" viewBox="0 0 1000 26" preserveAspectRatio="none" role="img" aria-label="{{LABEL}}">
<rect class="track" width="1000" height="26"/>
{{#PART}}<rect class="c-{{KLASS}}" x="{{X}}" width="{{W}}" height="26"><title>{{WORDS}} {{SHARE}}</title></rect>
{{/PART}}
</svg>
<p class="legend">
{{#KEY}}<span class="key"><i class="sw c-{{KLASS}}"></i> {{WORDS}} {{#SECONDS}}{{TEXT}}, {{/SECONDS}}{{SHARE}}{{#RANGE}} ({{TEXT}}){{/RANGE}}</span>
{{/KEY}}
{{#BESIDE}}<span class="key beside">beside it, in no sum: {{WORDS}}{{#SECONDS}} {{TEXT}}{{/SECONDS}}</span>
{{/BESIDE}}
</p>
{{#NOTE}}<p class="quiet">{{TEXT}}</p>{{/NOTE}}
{{/TIME}}
{{#STRIP}}
<h2>How much of the time is CPU: not known. What the number would decide:</h2>
<svg class="timebar" viewBox="0 0 1000 26" preserveAspectRatio="none" role="img" aria-label="{{LABEL}}">
<rect class="zone-wait" width="{{W1}}" height="26"/><rect class="zone-mid" x="{{X2}}" width="{{W2}}" height="26"/><rect class="zone-open" x="{{X3}}" width="{{W3}}" height="26"/>
</svg>
<p class="legend"><span class="key"><i class="sw zone-wait"></i> below {{WAIT_LINE}}: fix the waiting</span> <span class="key"><i class="sw zone-mid"></i> {{WAIT_LINE}} to {{CPU_LINE}}: tune, fix the waiting</span> <span class="key"><i class="sw zone-open"></i> {{CPU_LINE}} and more: a rewrite may be proposed</span></p>
{{/STRIP}}
{{#ANSWERS}}
<div class="scroll"><table class="answers stack">
<thead><tr><th scope="col">What was asked</th>{{#FIGURES}}<th scope="col">today</th><th scope="col">at best, CPU free</th>{{/FIGURES}}<th scope="col">answer</th></tr></thead>
<tbody>
{{#ROW}}<tr class="{{ASKED}}"><th scope="row">{{GOAL}}</th>{{#FIGURES}}<td data-label="today">{{TODAY}}</td><td data-label="at best">{{BEST}}</td>{{/FIGURES}}<td>{{WORDS}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{/ANSWERS}}
{{#LEVERS}}
<h2>What could be won <span class="quiet">same evidence, assumption beside each</span></h2>
<div class="scroll"><table class="levers stack">
<thead><tr><th scope="col">step</th><th scope="col" class="num">then</th><th scope="col" class="num">faster</th><th scope="col">assumes</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{NAME}}</th><td class="num" data-label="then">{{RUN}}</td><td class="num" data-label="faster">{{SPEEDUP}} <span class="quiet">{{RANGE}}</span></td><td data-label="assumes">{{ASSUMES}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{/LEVERS}}
{{#NEXT}}
<h2>What to do next</h2>
<ol class="next">
{{#STEP}}<li class="{{KIND}}">{{#PLAIN}}<span>{{TEXT}}</span>{{/PLAIN}}{{#COMMAND}}<code class="command">{{TEXT}}</code>{{/COMMAND}} <span class="quiet">{{DETAIL}}</span></li>
{{/STEP}}
</ol>
{{/NEXT}}
<dl class="facts">
{{#FLIPS}}<dt>What would change it</dt><dd>{{TEXT}}</dd>{{/FLIPS}}
{{#CANNOT}}<dt>What is not known</dt><dd>{{TEXT}}</dd>{{/CANNOT}}
{{#NOT_GIVEN}}<dt>Not given yet</dt><dd>{{TEXT}}</dd>{{/NOT_GIVEN}}
<dt>Lines used</dt><dd>{{LINES}}</dd>
{{#ASSUMED}}<dt>Assumed</dt><dd>{{TEXT}}</dd>{{/ASSUMED}}
</dl>
</section>
<div class="below">
{{#FORMS}}
<section class="forms" id="add" aria-labelledby="add-head">
<h2 id="add-head">Add evidence to this run</h2>
<div class="columns">
{{#DROP}}
<form class="drop" action="{{ACTION}}" method="post" enctype="multipart/form-data" data-upload="run">
<p><label for="file">Profiles or totals of the same run, or counter-evidence: any number of files, any tool.</label></p>
<p><input id="file" type="file" name="file" multiple required></p>
<p><button type="submit">Add to this run</button> <progress max="100" value="0" hidden></progress></p>
<p class="status" role="status"></p>
</form>
{{/DROP}}
{{#ASKS}}
<form class="asks" action="{{ACTION}}" method="post">
<p>Numbers that would settle something. They are shown as declared, with their date; leave empty what you do not know.</p>
{{#ASK}}
<div class="ask">
<label for="ask-{{NAME}}">{{LABEL}}</label>
{{#NUMBER}}<input id="ask-{{NAME}}" name="fact.{{NAME}}" inputmode="decimal" pattern="[0-9.eE+\-]*" maxlength="30" autocomplete="off">{{/NUMBER}}
{{#CHOICE}}<select id="ask-{{NAME}}" name="fact.{{NAME}}"><option value="">not known</option>{{#OPTION}}<option value="{{VALUE}}">{{TEXT}}</option>{{/OPTION}}</select>{{/CHOICE}}
<p class="quiet">{{HINT}}. Settles {{SETTLES}}.</p>
</div>
{{/ASK}}
<p><button type="submit">Use these numbers</button></p>
</form>
{{/ASKS}}
</div>
</section>
{{/FORMS}}
<section aria-labelledby="files-head">
<h2 id="files-head">What each file proves</h2>
<div class="scroll"><table class="files stack">
<thead><tr><th scope="col">file</th><th scope="col">what it is</th><th scope="col">proves</th><th scope="col">cannot show</th></tr></thead>
<tbody>
{{#FILE}}<tr><th scope="row">{{NAME}}<br><span class="quiet">{{FORMAT}}</span>{{#LINK}}<br><a href="{{URL}}">{{TEXT}}</a>{{/LINK}}</th><td>{{WORDS}}<br><span class="quiet">{{DETAIL}}</span>{{#PROBLEM}}<br><span class="caveat">{{TEXT}}</span>{{/PROBLEM}}</td><td data-label="proves">{{PROVES}}</td><td data-label="cannot show">{{CANNOT}}</td></tr>
{{/FILE}}
</tbody></table></div>
</section>
{{#CPU}}
<section aria-labelledby="cpu-head">
<h2 id="cpu-head">What the CPU did{{#SECONDS}}, {{TEXT}}{{/SECONDS}}</h2>
<div class="scroll"><table class="cpu">
<thead><tr><th scope="col">kind</th><th scope="col" class="wide"><span class="hidden">bar</span></th><th scope="col" class="num">share</th><th scope="col" class="num">95 % interval</th><th scope="col">could a rewrite touch it</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row"><i class="sw c-{{KLASS}}"></i> {{WORDS}}</th><td class="wide"><svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="10"/><rect class="c-{{KLASS}}" width="{{W}}" height="10"/>{{#RANGE}}<rect class="whisker" x="{{X}}" width="{{W}}" y="4" height="2"/>{{/RANGE}}</svg></td><td class="num">{{SHARE}}</td><td class="num">{{INTERVAL}}</td><td>{{TOUCH}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{#TOUCH_WORDS}}<p>{{TEXT}}.</p>{{/TOUCH_WORDS}}
{{#SAMPLES}}<p class="quiet">{{TEXT}}.</p>{{/SAMPLES}}
</section>
{{/CPU}}
{{#FLAME}}
<section class="flame" aria-labelledby="flame-head">
<h2 id="flame-head">Flame graph</h2>
<p class="flame-tools" hidden><label for="flame-search">find a function</label> <input id="flame-search" type="search" maxlength="100"> <span class="status" role="status"></span></p>
<div class="scroll"><!--stet:flame--></div>
</section>
{{/FLAME}}
{{#TOP}}
<section aria-labelledby="top-head">
<h2 id="top-head">Where it was spent</h2>
<div class="scroll"><table class="frames stack">
<thead><tr><th scope="col" class="num">own</th><th scope="col" class="num">with callees</th><th scope="col">function</th><th scope="col">kind</th></tr></thead>
<tbody>
{{#ROW}}<tr><td class="num" data-label="own">{{SELF}}</td><td class="num" data-label="with callees">{{TOTAL}}</td><td><code>{{FRAME}}</code> <span class="quiet">{{PLACE}}</span></td><td>{{WORDS}}</td></tr>
{{/ROW}}
</tbody></table></div>
</section>
{{/TOP}}
{{#COMPONENTS}}
<section aria-labelledby="parts-head">
<h2 id="parts-head">Parts of the program</h2>
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">part</th><th scope="col" class="num">share of CPU</th><th scope="col" class="num">native already</th><th scope="col" class="num">at most</th><th scope="col" class="num">saves</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{NAME}}</th><td class="num" data-label="share of CPU">{{SHARE}}</td><td class="num" data-label="native already">{{NATIVE}}</td><td class="num" data-label="at most">{{CEILING}}</td><td class="num" data-label="saves">{{GAIN}}</td></tr>
{{/ROW}}
</tbody></table></div>
</section>
{{/COMPONENTS}}
{{#THREADS}}
<section aria-labelledby="threads-head">
<h2 id="threads-head">Threads</h2>
<div class="scroll"><table class="stack">
<thead><tr>{{#PROCESSES}}<th scope="col">process</th>{{/PROCESSES}}<th scope="col">thread</th><th scope="col" class="num">samples</th><th scope="col" class="num">share of CPU</th></tr></thead>
<tbody>
{{#ROW}}<tr>{{#PROCESS_CELL}}<td>{{PROCESS}}</td>{{/PROCESS_CELL}}<td>{{NAME}}</td><td class="num" data-label="samples">{{SAMPLES}}</td><td class="num" data-label="share of CPU">{{SHARE}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{#PARKED}}<p class="quiet">{{TEXT}}.</p>{{/PARKED}}
</section>
{{/THREADS}}
{{#RULES}}
<section aria-labelledby="rules-head">
<h2 id="rules-head">Rules</h2>
<div class="scroll"><table class="rules stack">
<thead><tr><th scope="col">rule</th><th scope="col">value</th><th scope="col">reason</th><th scope="col" class="num">measured</th><th scope="col" class="num">line</th><th scope="col">distance</th></tr></thead>
<tbody>
{{#ROW}}<tr class="{{KIND}}"><th scope="row">{{ID}}</th><td>{{VALUE}}</td><td>{{REASON}}{{#MISSING}} <span class="quiet">Needs {{TEXT}}.</span>{{/MISSING}}{{#SOURCE}} <span class="quiet">{{TEXT}}</span>{{/SOURCE}}</td><td class="num" data-label="measured">{{MEASURED}}</td><td class="num" data-label="line">{{LINE}}{{#OWNER}} <span class="quiet">({{TEXT}})</span>{{/OWNER}}</td><td>{{DISTANCE}}</td></tr>
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
</div>
