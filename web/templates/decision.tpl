{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<div class="runline">
<p>{{RUNLINE}}{{#PROPOSAL}} <a href="{{URL}}">{{TEXT}}</a>{{/PROPOSAL}}{{#EVIDENCE}}, on the evidence of <a href="{{URL}}">run {{TEXT}}</a>{{/EVIDENCE}}</p>
<div class="tools"><button type="button" data-print hidden>Print</button></div>
</div>
{{#NEWER}}<p class="notice">{{TEXT}} <a href="{{URL}}">See the newest decision</a>.</p>{{/NEWER}}
{{>BODY}}
{{#DOWNLOADS}}
<section class="below" aria-labelledby="downloads-head">
<h2 id="downloads-head">Take it with you</h2>
<p class="downloads">{{#LINK}}<a href="{{URL}}">{{TEXT}}</a> {{/LINK}}</p>
</section>
{{/DOWNLOADS}}
{{>FOOT}}
