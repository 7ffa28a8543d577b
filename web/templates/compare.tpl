{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<div class="compare">
<h1>Before and after</h1>
{{#INTRO}}<p class="question">Choose two runs: what changed, by how much, and whether it is more than noise.</p>{{/INTRO}}
{{#PROBLEM}}<div class="notice state" role="status"><p><b>Nothing was compared.</b> {{DETAIL}}.</p></div>{{/PROBLEM}}
{{#FORM}}<form class="compare-form" action="/compare" method="get">
{{#SIDE}}<p><label for="choose-{{SIDE_NAME}}">{{LABEL}}</label> <select id="choose-{{SIDE_NAME}}" name="{{SIDE_NAME}}" required><option value="">choose a run</option>{{#ASKED}}<option value="{{VALUE}}" selected>{{TEXT}}</option>{{/ASKED}}{{#GROUP}}<optgroup label="{{NAME}}">{{#OPTION}}<option value="{{VALUE}}"{{#CHOSEN}} selected{{/CHOSEN}}>{{TEXT}}</option>{{/OPTION}}</optgroup>{{/GROUP}}</select></p>
{{/SIDE}}
<p class="compare-go"><button type="submit">Compare</button>{{#SWAP}} <a class="button" href="{{URL}}">swap</a>{{/SWAP}}</p>
</form>{{/FORM}}
{{#CARDS}}<div class="compare-sides">{{/CARDS}}
{{#CARD}}<section class="compare-side" aria-label="run {{WHICH}}">
<p class="quiet">{{WHICH}}{{#PROJECT}}, {{TEXT}}{{/PROJECT}}</p>
<h2><a href="{{URL}}">{{NAME}}</a></h2>
<p class="quiet">{{#FILE}}{{TEXT}}, {{/FILE}}{{#COMMIT}}commit {{TEXT}}, {{/COMMIT}}{{#SCENARIO}}{{TEXT}}, {{/SCENARIO}}{{#WHEN}}<time datetime="{{ISO}}">{{TEXT}}</time>, {{/WHEN}}{{REVISION}}{{#RUNS}}, {{TEXT}}{{/RUNS}}</p>
<p><span class="pill {{STATE}}">{{HEADLINE}}</span> <span class="quiet">gate: {{GATE}}</span></p>
<p>{{SHARE_OF}} {{#KNOWN}}<b>{{SHARE}}</b>{{#RANGE}} <span class="quiet">{{TEXT}}</span>{{/RANGE}}{{/KNOWN}}{{#UNKNOWN}}<b>not known</b>{{/UNKNOWN}}</p>
{{#KNOWN}}<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="10"/><rect class="c-cpu" width="{{W}}" height="10"/><rect class="whisker" x="{{X}}" width="{{WW}}" y="4" height="2"/></svg>{{/KNOWN}}
{{#UNKNOWN}}<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="track unknown" width="100" height="10"/></svg>{{/UNKNOWN}}
<p class="quiet">{{SUMMARY}}</p>
</section>
{{/CARD}}
{{#CARDS}}</div>{{/CARDS}}
{{#CHANGED}}<section class="compare-changed" aria-labelledby="changed">
<h2 id="changed">What changed</h2>
{{#FIRST}}<p class="compare-first">{{TEXT}}</p>{{/FIRST}}
<ul>{{#FURTHER}}<li>{{TEXT}}</li>{{/FURTHER}}</ul>
</section>{{/CHANGED}}
{{#REFUSED}}<section class="compare-refused"><h2>Not compared</h2><ul>{{#ITEM}}<li>{{TEXT}}.{{#FIX}} <br><span class="quiet">instead:</span> <code>{{TEXT}}</code>{{/FIX}}</li>{{/ITEM}}</ul></section>{{/REFUSED}}
{{#WARNED}}<section class="compare-warned"><h2>Compared although it differs</h2><ul>{{#ITEM}}<li>{{TEXT}}.</li>{{/ITEM}}</ul></section>{{/WARNED}}
{{#TABLE_OF}}<section><h2>{{TITLE}}</h2>
<div class="scroll"><table class="stack moves">
<thead><tr><th scope="col">{{WHAT}}</th><th scope="col" class="num">before</th><th scope="col" class="num">after</th><th scope="col">before, after</th><th scope="col">change</th><th scope="col" class="num">difference</th><th scope="col">noise</th></tr></thead>
<tbody>
{{#ROW}}<tr class="{{TONE}}"><th scope="row">{{NAME}}{{#REASON}} <br><span class="quiet">{{TEXT}}</span>{{/REASON}}</th><td class="num" data-label="before">{{BEFORE_TEXT}}{{#BEFORE_RANGE}} <br><span class="quiet">{{TEXT}}</span>{{/BEFORE_RANGE}}</td><td class="num" data-label="after">{{AFTER_TEXT}}{{#AFTER_RANGE}} <br><span class="quiet">{{TEXT}}</span>{{/AFTER_RANGE}}</td><td>{{#BARS}}<svg class="pairbar" viewBox="0 0 100 15" preserveAspectRatio="none" aria-hidden="true">{{#BEFORE}}<rect class="track" width="100" height="6"/><rect class="was" width="{{W}}" height="6"/><rect class="whisker" x="{{X}}" width="{{WW}}" y="2.4" height="1.2"/>{{/BEFORE}}{{#NONE}}<rect class="track unknown" width="100" height="6" y="{{Y}}"/>{{/NONE}}{{#AFTER}}<rect class="track" width="100" height="6" y="8"/><rect class="is" width="{{W}}" height="6" y="8"/><rect class="whisker" x="{{X}}" width="{{WW}}" y="10.4" height="1.2"/>{{/AFTER}}</svg>{{/BARS}}</td><td>{{#DIFFERENCE}}<svg class="diffbar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true"><rect class="zero" x="49.8" width="0.4" height="12"/><rect class="{{TONE}}" x="{{X}}" width="{{W}}" y="2" height="8"/><rect class="whisker" x="{{LO}}" width="{{LOHI}}" y="5.3" height="1.4"/></svg>{{/DIFFERENCE}}</td><td class="num" data-label="difference">{{CHANGE}}{{#CHANGE_RANGE}} <br><span class="quiet">{{TEXT}}</span>{{/CHANGE_RANGE}}</td><td data-label="noise" class="said">{{NOISE}}</td></tr>
{{/ROW}}
</tbody></table></div></section>
{{/TABLE_OF}}
{{#FLAME}}<section aria-labelledby="flame-head"><h2 id="flame-head">Where it moved <span class="quiet">one flame graph of both, coloured by change</span></h2>
{{>FLAME_GRAPH}}
</section>{{/FLAME}}
{{#APART}}<section><h2>Flame graphs</h2>
<p>The two are counted in different units, or one of them does not say what it sampled: no common scale, so they are not laid over each other. <a href="{{BASE}}">before</a>, <a href="{{HEAD_URL}}">after</a></p></section>{{/APART}}
{{#FUNCTIONS}}<section><h2>Functions that moved <span class="quiet">{{LOOKED}}</span></h2>
<div class="scroll"><table class="stack moves functions">
<thead><tr><th scope="col">function</th><th scope="col" class="num">before</th><th scope="col" class="num">after</th><th scope="col">change, on its own</th><th scope="col" class="num">difference</th><th scope="col" class="num">with what it calls</th><th scope="col">noise</th></tr></thead>
<tbody>
{{#ROW}}<tr class="{{TONE}}"><th scope="row"><span class="sw c-{{CLASS}}" title="{{CATEGORY_WORDS}}"></span> <code>{{NAME}}</code>{{#DETAIL}} <span class="quiet">{{TEXT}}</span>{{/DETAIL}}{{#SECONDS}} <br><span class="quiet">{{TEXT}}</span>{{/SECONDS}}{{#NOTE}} <br><span class="caveat">{{TEXT}}</span>{{/NOTE}}</th><td class="num" data-label="before">{{BEFORE_TEXT}}{{#BEFORE_RANGE}} <br><span class="quiet">{{TEXT}}</span>{{/BEFORE_RANGE}}</td><td class="num" data-label="after">{{AFTER_TEXT}}{{#AFTER_RANGE}} <br><span class="quiet">{{TEXT}}</span>{{/AFTER_RANGE}}</td><td>{{#DIFFERENCE}}<svg class="diffbar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true"><rect class="zero" x="49.8" width="0.4" height="12"/><rect class="{{TONE}}" x="{{X}}" width="{{W}}" y="2" height="8"/></svg>{{/DIFFERENCE}}</td><td class="num" data-label="difference">{{CHANGE}}{{#CHANGE_RANGE}} <br><span class="quiet">{{TEXT}}</span>{{/CHANGE_RANGE}}</td><td class="num {{TOTAL_TONE}}" data-label="with what it calls">{{TOTAL_CHANGE}}{{#TOTAL_RANGE}} <br><span class="quiet">{{TEXT}}</span>{{/TOTAL_RANGE}} <span class="hidden">{{TOTAL_NOISE}}</span></td><td data-label="noise" class="said">{{NOISE}}</td></tr>
{{/ROW}}
</tbody></table></div></section>{{/FUNCTIONS}}
<div class="columns">
{{#ONLY}}<section><h2>{{TITLE}}</h2><ul class="only">{{#ITEM}}<li><span class="sw c-{{CLASS}}" title="{{CATEGORY_WORDS}}"></span> <code>{{NAME}}</code>{{#DETAIL}} <span class="quiet">{{TEXT}}</span>{{/DETAIL}} {{SHARE}} <span class="quiet">{{RANGE}} of CPU with what it calls, {{NOISE}}</span></li>{{/ITEM}}</ul></section>
{{/ONLY}}</div>
{{#RULES}}<section><h2>Rules that answer otherwise</h2>
<div class="scroll"><table class="stack rules">
<thead><tr><th scope="col">rule</th><th scope="col">before</th><th scope="col">after</th><th scope="col" class="num">measured before, after; line</th><th scope="col">reason</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{ID}}</th><td data-label="before">{{BEFORE}}</td><td data-label="after">{{AFTER}}</td><td class="num" data-label="measured">{{#NUMBERS}}{{B}}, {{H}}; line {{LINE}}{{/NUMBERS}}</td><td>{{REASON}}</td></tr>
{{/ROW}}
</tbody></table></div></section>{{/RULES}}
{{#METHOD}}<section><h2>How this was compared</h2><ul class="quiet">{{#ITEM}}<li>{{TEXT}}</li>{{/ITEM}}</ul>
<p class="downloads"><a href="{{JSON}}">as JSON</a></p></section>{{/METHOD}}
</div>
{{>FOOT}}
