{{%AUTOESCAPE context="HTML"}}
<div class="trend" data-trend="{{API}}"{{#LEVELS}} data-levels="{{VALUES}}"{{/LEVELS}}{{#PLOT}} data-plot="{{URL}}"{{/PLOT}}>
{{#CHOICES}}<p class="choices noprint">{{#CHOICE}}{{#CHOSEN}}<strong aria-current="true">{{TEXT}}</strong>{{/CHOSEN}}{{#OTHER}}<a href="{{URL}}">{{TEXT}}</a>{{/OTHER}} {{/CHOICE}}</p>{{/CHOICES}}
<p class="trend-now quiet" role="status" hidden></p>
<div class="strips" data-strips>
{{#STRIP}}<div class="strip {{KIND}}" data-series="{{SERIES}}" data-top="{{MOST}}"><p class="strip-name">{{NAME}}</p><p class="strip-now">{{NOW}}</p><div class="strip-plot"><svg viewBox="0 0 1000 {{HEIGHT}}" preserveAspectRatio="none" role="img" aria-label="{{WORDS}}"><title>{{WORDS}}</title>{{#LEVEL}}<path class="level" d="{{D}}"/>{{/LEVEL}}{{#GAPS}}<path class="gap" d="{{D}}"/>{{/GAPS}}{{#BAND}}<path class="band" d="{{D}}"/>{{/BAND}}{{#LINE}}<path class="line" d="{{D}}"/>{{/LINE}}{{#DOT}}<a href="{{URL}}" tabindex="-1"><path class="{{SHAPE}} {{STATE}}" d="{{D}}"><title>{{WORDS}}</title></path></a>{{/DOT}}</svg><span class="strip-top quiet" aria-hidden="true">{{TOP}}</span></div></div>
{{/STRIP}}
</div>
<p class="trend-ends quiet"><span>{{#FIRST}}<time datetime="{{DATETIME}}">{{TEXT}}</time>{{/FIRST}}</span> <span>{{RUNS}}</span> <span>{{#LAST}}<time datetime="{{DATETIME}}">{{TEXT}}</time>{{/LAST}}</span></p>
<p class="quiet legend"><span><svg class="key" viewBox="0 0 12 12" aria-hidden="true"><path class="dot open" d="M6 6 h0.01"/></svg> open</span> <span><svg class="key" viewBox="0 0 12 12" aria-hidden="true"><path class="dot closed" d="M6 6 h0.01"/></svg> closed</span> <span><svg class="key" viewBox="0 0 12 12" aria-hidden="true"><path class="dot undecided" d="M6 6 h0.01"/></svg> not decided</span> <span><span class="key hatched"></span> not known</span> <span>band: 95 % interval</span>{{#LINES}} <span>lines: {{TEXT}}</span>{{/LINES}}</p>
{{#BUSY}}<p class="trend-busy">Work overlaps here: this is how busy the process was, which follows how many requests there are at once. The share of one request is another number; each run's report has it, or says what it needs.</p>{{/BUSY}}
{{#NUMBERS}}<details class="trend-numbers"><summary>the same as a table</summary>
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">run</th><th scope="col">received</th>{{#COLUMN}}<th scope="col" class="num">{{NAME}}</th>{{/COLUMN}}</tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row"><a href="{{URL}}">{{RUN}}</a></th><td>{{#AT}}<time datetime="{{DATETIME}}">{{TEXT}}</time>{{/AT}}</td>{{#CELL}}<td class="num" data-label="{{NAME}}">{{VALUE}}</td>{{/CELL}}</tr>
{{/ROW}}
</tbody></table></div></details>{{/NUMBERS}}
</div>
