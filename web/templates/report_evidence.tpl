{{%AUTOESCAPE context="HTML"}}
<section aria-labelledby="files-head">
<h2 id="files-head">What each file proves</h2>
<div class="scroll"><table class="files stack">
<thead><tr><th scope="col">file</th><th scope="col">what it is</th><th scope="col">proves</th><th scope="col">cannot show</th></tr></thead>
<tbody>
{{#FILE}}<tr><th scope="row">{{NAME}}<br><span class="quiet">{{FORMAT}}</span>{{#LINK}}<br><a href="{{URL}}">{{TEXT}}</a>{{/LINK}}</th><td>{{WORDS}}<br><span class="quiet">{{DETAIL}}</span>{{#PROBLEM}}<br><span class="caveat">{{TEXT}}</span>{{/PROBLEM}}</td><td data-label="proves">{{PROVES}}</td><td data-label="cannot show">{{CANNOT}}</td></tr>
{{/FILE}}
</tbody>
<tfoot>
{{#ABSENT}}<tr class="absent"><th scope="row">not in the set</th><td colspan="3"><b>{{SETTLES}}</b>{{#PLAIN}}: {{TEXT}}{{/PLAIN}}{{#COMMAND}}<code class="command">{{TEXT}}</code>{{/COMMAND}}</td></tr>
{{/ABSENT}}
</tfoot></table></div>
</section>
{{>RUN}}
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
{{#CORRECTED}}<p>{{TEXT}}.{{#LINK}} <a href="{{URL}}">All corrections</a>{{/LINK}}</p>{{/CORRECTED}}
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
{{#FLAME_LIVE}}
<section class="flame-section" aria-labelledby="flame-head">
<div class="flame-title"><h2 id="flame-head">Flame graph</h2>{{#WINDOW}} <a href="{{URL}}">as large as the window</a>{{/WINDOW}}</div>
{{>FLAME_GRAPH}}
</section>
{{/FLAME_LIVE}}
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
