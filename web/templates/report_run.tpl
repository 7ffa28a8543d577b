{{%AUTOESCAPE context="HTML"}}
{{#FITS}}
<section aria-labelledby="fits-head">
<h2 id="fits-head">Do the files agree?</h2>
<ul class="card wide-card">
{{#ROW}}<li class="{{FIT}}">{{WORDS}}.</li>
{{/ROW}}
</ul>
</section>
{{/FITS}}
{{#CARD}}
<section aria-labelledby="card-head">
<h2 id="card-head">What the recording stands for</h2>
<p class="quiet">Each figure with the limit that it is held against; what nobody measured or stated is said to be unknown.</p>
<ul class="card">
{{#ROW}}<li class="{{FIT}}"><b>{{NAME}}<span class="hidden">: {{FIT_WORDS}}</span></b> <span class="value">{{VALUE}}</span> <span class="against">{{AGAINST}}{{#ASK}} <a class="noprint" href="#ask-{{FACT}}">state it</a>{{/ASK}}</span></li>
{{/ROW}}
</ul>
</section>
{{/CARD}}
{{#REVISIONS}}
<section aria-labelledby="revisions-head">
<h2 id="revisions-head">Revisions of this answer</h2>
<p class="quiet">A file or a number that is added makes a new one; none is ever replaced, and every link names the one that it shows.</p>
<div class="scroll"><table class="revisions stack">
<thead><tr><th scope="col">revision</th><th scope="col">of</th><th scope="col">gate</th><th scope="col">answer</th></tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{#NAMED}}<a href="{{URL}}">{{TEXT}}</a>{{/NAMED}}{{#BARE}}{{TEXT}}, this one{{/BARE}}</th><td><time datetime="{{RFC}}">{{TIME}}</time></td><td>{{GATE}}</td><td class="summary-cell">{{SUMMARY}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{#CUT}}<p class="quiet">{{TEXT}}</p>{{/CUT}}
</section>
{{/REVISIONS}}
