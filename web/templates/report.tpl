{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<div class="runline">
<p>{{RUNLINE}}{{#PARTS}} <span class="quiet">{{TEXT}}</span>{{/PARTS}}</p>
<div class="tools">{{#SHARE_FORM}}<form action="{{ACTION}}" method="post"><button type="submit">Share</button></form> {{/SHARE_FORM}}<button type="button" data-print hidden>Print</button> {{#ADD}}<a class="button" href="#add">Add evidence</a>{{/ADD}}</div>
</div>
{{#SHARED}}<p class="notice">Anyone with this link can read this report{{#EXPIRES}} until {{TEXT}}{{/EXPIRES}}: <a href="{{URL}}">{{URL}}</a></p>{{/SHARED}}
{{#LIVE}}<p class="stale-notice" data-live-stale role="status" hidden>A newer revision of this report is there. <a href="{{URL}}">Load it</a></p>
<div data-live="notices" data-live-project="{{PROJECT}}" data-live-revision="{{REVISION}}">{{/LIVE}}
{{#OLDER}}<p class="notice">Newer evidence exists: the answer {{CHANGED}}. <a href="{{URL}}">See the newest revision</a>.</p>{{/OLDER}}
{{#LIVE}}</div>{{/LIVE}}
{{#WORKING}}<section class="sheet {{KIND}}" data-live="working"><h1>{{TITLE}}</h1><p>{{TEXT}}</p><p class="quiet" data-live-upload></p>{{#WAY}}<p><a href="{{URL}}">Send it again, or another file</a> <a href="/upload#formats">what can be read</a></p>{{/WAY}}</section>{{/WORKING}}
{{>BODY}}
{{#DOWNLOADS}}
<section class="below" aria-labelledby="downloads-head">
<h2 id="downloads-head">Take it with you</h2>
<p class="downloads">{{#LINK}}<a href="{{URL}}">{{TEXT}}</a> {{/LINK}}</p>
{{#FILES}}<div class="scroll"><table class="files"><tbody>
{{#FILE}}<tr><th scope="row">{{#NAMED}}<a href="{{URL}}">{{TEXT}}</a>{{/NAMED}}{{#BARE}}{{TEXT}}{{/BARE}}</th><td>{{#LINK}}<a href="{{URL}}">{{TEXT}}</a> {{/LINK}}</td></tr>
{{/FILE}}
</tbody></table></div>{{/FILES}}
</section>
{{/DOWNLOADS}}
{{>FOOT}}
