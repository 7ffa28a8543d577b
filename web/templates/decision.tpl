{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<div class="runline">
<p>{{RUNLINE}}{{#PROPOSAL}} <a href="{{URL}}">{{TEXT}}</a>{{/PROPOSAL}}{{#EVIDENCE}}, on the evidence of <a href="{{URL}}">run {{TEXT}}</a>{{/EVIDENCE}}</p>
<div class="tools">{{#EDIT}}<a class="button" href="{{URL}}">Edit the proposal</a>{{/EDIT}}{{#AGAIN}}<form method="post" action="{{URL}}" class="again"><button type="submit">Decide again</button>{{#RUNS}} <label for="again-run">on run</label> <select id="again-run" name="run">{{#RUN}}<option value="{{NAME}}"{{#CHOSEN}} selected{{/CHOSEN}}>{{NAME}}</option>{{/RUN}}<option value="">the newest</option></select>{{/RUNS}}</form>{{/AGAIN}}<button type="button" data-print hidden>Print</button></div>
</div>
<nav class="jump noprint" aria-label="on this page">
<a href="#answer">answer</a>{{#LINK_OPEN}}<a href="#when-head">what would open it</a>{{/LINK_OPEN}}{{#LINK_SAY}}<a href="#object">object with evidence</a><a href="#objections">objections, waivers</a>{{/LINK_SAY}}{{#LINK_MONEY}}<a href="#roi-head">money</a>{{/LINK_MONEY}}{{#LINK_FILES}}<a href="#files-head">evidence</a>{{/LINK_FILES}}{{#FLAME}}<a href="{{URL}}">flame graph</a>{{/FLAME}}<a href="#rules-head">rules</a>{{#POLICIES}}<a href="{{URL}}">this project's rules</a>{{/POLICIES}}
</nav>
{{#NEWER}}<p class="notice">{{TEXT}} <a href="{{URL}}">See the newest decision</a>.</p>{{/NEWER}}
{{>BODY}}
{{#DOWNLOADS}}
<section class="below" aria-labelledby="downloads-head">
<h2 id="downloads-head">Take it with you</h2>
<p class="downloads">{{#LINK}}<a href="{{URL}}">{{TEXT}}</a> {{/LINK}}</p>
</section>
{{/DOWNLOADS}}
{{>FOOT}}
