{{%AUTOESCAPE context="HTML"}}
<section class="sheet decision" aria-labelledby="answer">
<p class="question">{{QUESTION}}{{#WHAT}} <span class="quiet">{{TEXT}}</span>{{/WHAT}}</p>
{{#STATE_NOTE}}<p class="notice {{KIND}}">{{TEXT}}</p>
{{/STATE_NOTE}}
<div class="verdict {{STATE}}">
<div class="verdict-head">
<h1 id="answer">{{HEADLINE}}</h1>
<p class="gate">gate: {{GATE}}</p>
</div>
<p class="summary">{{SENTENCE}}</p>
{{#SPLIT}}<p class="split">{{#WHOLE}}<span class="pill {{KIND}}">{{TEXT}}</span>{{/WHOLE}} {{#PART}}<span class="pill {{KIND}}">{{TEXT}}</span>{{/PART}} {{SENTENCE}}</p>{{/SPLIT}}
{{#SURE}}<p class="sure"><b>How sure:</b> {{TEXT}}</p>{{/SURE}}
</div>
{{#MEASURED}}<p><b>Measured:</b> {{TEXT}}</p>{{/MEASURED}}
{{#OTHER_GOAL}}<p>What could be asked: {{TEXT}}.</p>{{/OTHER_GOAL}}
{{>SHOWN}}
{{#SPEED}}
<h2>How much faster <span class="quiet">what is claimed, the most that is possible, and what is expected</span></h2>
<div class="scroll"><table class="speed stack">
<thead><tr><th scope="col">operation or part</th><th scope="col" class="num">claimed</th><th scope="col" class="num">at most</th><th scope="col" class="num">expected</th><th scope="col" class="num">saves each time</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{NAME}}{{#TEXT_ROW}} <span class="quiet">{{TEXT}}</span>{{/TEXT_ROW}}</th><td class="num" data-label="claimed">{{CLAIMED}}</td><td class="num" data-label="at most">{{CEILING}}</td><td class="num" data-label="expected">{{EXPECTED}}</td><td class="num" data-label="saves each time">{{SAVED}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{#MORE}}<p class="quiet">{{TEXT}}</p>{{/MORE}}
{{/SPEED}}
{{#MONEY}}
<h2>What it costs and what it brings</h2>
<div class="scroll"><table class="money stack">
<tbody>
{{#ROW}}<tr class="{{KIND}}"><th scope="row">{{KEY}}</th><td>{{VALUE}}{{#FROM}} <span class="quiet">{{TEXT}}</span>{{/FROM}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{/MONEY}}
{{#OPTIONS}}
<h2>What else could be done <span class="quiet">same evidence, assumption beside each</span></h2>
<div class="scroll"><table class="levers stack">
<thead><tr><th scope="col">instead</th><th scope="col" class="num">saves</th><th scope="col">price</th><th scope="col">assumes</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{NAME}}{{#OWN}} <span class="quiet">named in the proposal</span>{{/OWN}}</th><td class="num" data-label="saves">{{SAVES}}</td><td data-label="price">{{PRICE}}</td><td data-label="assumes">{{ASSUMES}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{#MORE}}<p class="quiet">{{TEXT}}</p>{{/MORE}}
{{/OPTIONS}}
<dl class="facts">
{{#FLIPS}}<dt>What would change it</dt><dd>{{TEXT}}</dd>{{/FLIPS}}
{{#CANNOT}}<dt>What is not known</dt><dd>{{TEXT}}</dd>{{/CANNOT}}
{{#NOT_GIVEN}}<dt>Not given</dt><dd>{{TEXT}}</dd>{{/NOT_GIVEN}}
<dt>Objections</dt><dd>{{OBJECTIONS}}{{#VOICES_LINK}} <a class="noprint" href="#objections">object, or ask for a waiver</a>{{/VOICES_LINK}}</dd>
<dt>Waivers</dt><dd>{{WAIVERS}}</dd>
{{#UNANSWERED}}<dt>Not measured</dt><dd>{{TEXT}}</dd>{{/UNANSWERED}}
{{#LINES}}<dt>Lines used</dt><dd>{{TEXT}}</dd>{{/LINES}}
{{#DECIDED}}<dt>{{LABEL}}</dt><dd>{{TEXT}}</dd>{{/DECIDED}}
<dt>Not judged</dt><dd>safety, packaging, hiring, taste</dd>
</dl>
</section>
<div class="below">
{{#AUDIT}}
<section aria-labelledby="audit-head">
<h2 id="audit-head">Foreseen, and measured afterwards</h2>
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">what</th><th scope="col" class="num">foreseen before</th><th scope="col" class="num">measured after</th><th scope="col">so</th><th scope="col">run</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{NAME}}</th><td class="num" data-label="foreseen before">{{PREDICTED}}</td><td class="num" data-label="measured after">{{REAL}}</td><td>{{WORDS}}</td><td data-label="run">{{#LINK}}<a href="{{URL}}">{{TEXT}}</a>{{/LINK}}{{#BARE}}{{TEXT}}{{/BARE}}{{#AT}} <span class="quiet">{{TEXT}}</span>{{/AT}}</td></tr>
{{/ROW}}
</tbody></table></div>
</section>
{{/AUDIT}}
{{#RETURNS}}
<section aria-labelledby="roi-head">
<h2 id="roi-head">Whether it pays back</h2>
<dl class="facts money-lines">
{{#ROW}}<dt>{{KEY}}</dt><dd>{{VALUE}}</dd>
{{/ROW}}
</dl>
<div class="pictures" tabindex="0" role="group" aria-label="pictures of what it brings"><!--stet:roi--></div>
{{#SWINGS}}
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">input, widest first</th><th scope="col" class="num">from</th><th scope="col" class="num">net then</th><th scope="col" class="num">to</th><th scope="col" class="num">net then</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{NAME}}</th><td class="num" data-label="from">{{LOW}}</td><td class="num" data-label="net then">{{NPV_LOW}}</td><td class="num" data-label="to">{{HIGH}}</td><td class="num" data-label="net then">{{NPV_HIGH}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{/SWINGS}}
{{#DEFAULTS}}<p><b>Assumed, since not given:</b> {{TEXT}}.</p>{{/DEFAULTS}}
</section>
{{/RETURNS}}
{{#EFFORT}}
<section aria-labelledby="effort-head">
<h2 id="effort-head">Effort and risk</h2>
{{#PHASES}}
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">phase</th><th scope="col">takes</th><th scope="col">stops at a loss of</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{NAME}}</th><td data-label="takes">{{MONTHS}}</td><td data-label="stops at a loss of">{{LOSS}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{/PHASES}}
{{#RISKS}}<h3>Risks that were named</h3><ul>
{{#ROW}}<li>{{TEXT}}</li>
{{/ROW}}</ul>{{/RISKS}}
{{#CHECKS}}<h3>The stated effort against other measures</h3><ul>
{{#ROW}}<li>{{TEXT}}</li>
{{/ROW}}</ul>{{/CHECKS}}
</section>
{{/EFFORT}}
{{#CLAIMS}}
<section aria-labelledby="claims-head">
<h2 id="claims-head">Claims against the evidence</h2>
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">claim</th><th scope="col" class="num">stated</th><th scope="col" class="num">at most</th><th scope="col">so</th><th scope="col">source</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{TEXT}}</th><td class="num" data-label="stated">{{FACTOR}}</td><td class="num" data-label="at most">{{CEILING}}</td><td>{{WORDS}}</td><td data-label="source">{{SOURCE}}</td></tr>
{{/ROW}}
</tbody></table></div>
</section>
{{/CLAIMS}}
{{#SCORE}}
<section aria-labelledby="score-head">
<h2 id="score-head">Signs</h2>
{{#SUM}}<p>{{TEXT}}. A sum of signs lifts no answer.</p>{{/SUM}}
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">sign</th><th scope="col">speaks</th><th scope="col">there</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{NAME}}</th><td>{{SIDE}}</td><td data-label="there">{{STATE}}</td></tr>
{{/ROW}}
</tbody></table></div>
</section>
{{/SCORE}}
{{#WHEN}}
<section aria-labelledby="when-head">
<h2 id="when-head">When it would make sense</h2>
{{#POTENTIAL}}<p>{{TEXT}}</p>{{/POTENTIAL}}
{{#FLIPS}}<h3>What would change the answer</h3><ul>
{{#ROW}}<li>{{TEXT}}</li>
{{/ROW}}</ul>{{/FLIPS}}
{{#REOPEN}}<h3>It is opened again when</h3><ul>
{{#ROW}}<li>{{TEXT}}</li>
{{/ROW}}</ul>{{/REOPEN}}
{{#WATCH}}
<h3>Watch list</h3>
<div class="scroll"><table class="watch stack">
<thead><tr><th scope="col">what</th><th scope="col">condition</th><th scope="col" class="num">now</th><th scope="col" class="num">line</th><th scope="col">state</th></tr></thead>
<tbody>
{{#ROW}}<tr class="{{KIND}}"><th scope="row">{{NAME}}</th><td>{{WHEN}}</td><td class="num" data-label="now">{{NOW}}</td><td class="num" data-label="line">{{LINE}}</td><td data-label="state">{{STATE}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{/WATCH}}
{{#ACTIONS}}<h3>What to do instead</h3><ul>
{{#ROW}}<li>{{TEXT}}</li>
{{/ROW}}</ul>{{/ACTIONS}}
{{#GAPS}}
<h3>Gaps that no language closes</h3>
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">gap</th><th scope="col">state</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{NAME}}</th><td>{{STATE}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{/GAPS}}
</section>
{{/WHEN}}
{{>STEPS}}
{{#CANNOT_LIST}}
<section aria-labelledby="cannot-head">
<h2 id="cannot-head">What this evidence cannot show</h2>
<ul>
{{#ROW}}<li>{{TEXT}}</li>
{{/ROW}}</ul>
</section>
{{/CANNOT_LIST}}
{{#VOICES}}
<section id="objections" aria-labelledby="voices-head">
<h2 id="voices-head">Objections and waivers</h2>
{{#OBJECTIONS}}
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">objection</th><th scope="col">by</th><th scope="col">answer</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{#LINK}}<a href="{{URL}}">{{TEXT}}</a>{{/LINK}}{{#BARE}}{{TEXT}}{{/BARE}}</th><td data-label="by">{{BY}} <time class="quiet" datetime="{{ISO}}">{{AT}}</time></td><td data-label="answer">{{ANSWER}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{/OBJECTIONS}}
{{#WAIVERS}}
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">waived rule</th><th scope="col">owner</th><th scope="col">reason</th><th scope="col">until</th><th scope="col">state</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{RULE}}</th><td data-label="owner">{{OWNER}}</td><td data-label="reason">{{REASON}}</td><td data-label="until">{{UNTIL}}</td><td data-label="state">{{STATE}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{/WAIVERS}}
{{>SAY}}
{{#HOW}}<div class="noprint"><p>Who sees it otherwise sends a recording of the same program as a run of this project, and says so; it has to be answered before the decision is accepted. A waiver is asked for with a reason and an end.</p>
<code class="command">curl --fail-with-body -d '{"text": "WHY", "run": "RUN"}' "$STET/api/v1/decisions/{{ID}}/objections"</code>
<code class="command">curl --fail-with-body -d '{"rule": "gate", "reason": "WHY", "until": "2027-01-31T00:00:00Z"}' "$STET/api/v1/projects/{{PROJECT}}/waivers"</code></div>{{/HOW}}
</section>
{{/VOICES}}
{{#SPEED_ALL}}
<section aria-labelledby="speed-head">
<h2 id="speed-head">Every operation and part</h2>
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">operation or part</th><th scope="col" class="num">today</th><th scope="col" class="num">claimed</th><th scope="col" class="num">at most</th><th scope="col" class="num">expected</th><th scope="col" class="num">saves each time</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{NAME}}{{#TEXT_ROW}} <span class="quiet">{{TEXT}}</span>{{/TEXT_ROW}}</th><td class="num" data-label="today">{{TODAY}}</td><td class="num" data-label="claimed">{{CLAIMED}}</td><td class="num" data-label="at most">{{CEILING}}</td><td class="num" data-label="expected">{{EXPECTED}}</td><td class="num" data-label="saves each time">{{SAVED}}</td></tr>
{{/ROW}}
</tbody></table></div>
</section>
{{/SPEED_ALL}}
{{#OPTIONS_ALL}}
<section aria-labelledby="options-head">
<h2 id="options-head">Everything else that could be done</h2>
<div class="scroll"><table class="stack">
<thead><tr><th scope="col">instead</th><th scope="col" class="num">saves</th><th scope="col">price</th><th scope="col">assumes</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{NAME}}{{#OWN}} <span class="quiet">named in the proposal</span>{{/OWN}}</th><td class="num" data-label="saves">{{SAVES}}</td><td data-label="price">{{PRICE}}</td><td data-label="assumes">{{ASSUMES}}</td></tr>
{{/ROW}}
</tbody></table></div>
</section>
{{/OPTIONS_ALL}}
{{>EVIDENCE}}
{{>PROOF}}
{{#NUMBERS}}
<section aria-labelledby="numbers-head">
<h2 id="numbers-head">All numbers of the simulation</h2>
<details><summary>{{COUNT}} numbers, as they were stored</summary>
<div class="scroll"><table class="numbers">
<tbody>
{{#ROW}}<tr><th scope="row"><code>{{KEY}}</code></th><td class="num">{{VALUE}}</td></tr>
{{/ROW}}
</tbody></table></div></details>
</section>
{{/NUMBERS}}
{{#CHAIN}}
<section aria-labelledby="chain-head">
<h2 id="chain-head">Record</h2>
<dl class="facts versions">
{{#ROW}}<dt>{{KEY}}</dt><dd><code class="hash">{{VALUE}}</code></dd>
{{/ROW}}
</dl>
{{#VERIFY}}<p>Computed again from the record, the same bytes must come out:</p><p><code class="command">{{TEXT}}</code></p>{{/VERIFY}}
</section>
{{/CHAIN}}
</div>
