{{%AUTOESCAPE context="HTML"}}
<div class="say noprint">
{{#VOTES}}<p class="votes">Votes: {{TEXT}}</p>
<ul class="quiet">{{#ROW}}<li>{{VOTE}}{{#BY}} by {{TEXT}}{{/BY}}{{#WHY}}: {{TEXT}}{{/WHY}}</li>{{/ROW}}</ul>{{/VOTES}}
{{#ANSWER}}
<form method="post" action="{{URL}}/objections/{{N:u}}/answer" class="say-form">
<h3>Answer objection {{N}}: <span class="quiet">{{TEXT}}</span></h3>
<div class="ed-field"><label for="answer-{{N}}">Answer</label><textarea id="answer-{{N}}" name="text" rows="3" required maxlength="4000"></textarea></div>
{{#NAME}}<div class="ed-field"><label for="answer-by-{{N}}">Your name</label><input id="answer-by-{{N}}" name="by" maxlength="120" autocomplete="name"></div>{{/NAME}}
<p><button type="submit">Answer it</button></p>
</form>
{{/ANSWER}}
{{#OBJECT}}
<form method="post" action="{{URL}}/objections" enctype="multipart/form-data" class="say-form" id="object">
<h3>Object, with evidence against it</h3>
<p class="quiet">Files become a run of this project, so that anybody can look at them; an objection has to be answered before the decision is accepted.</p>
<div class="ed-field wide drop"><label for="object-files">Recordings that show otherwise</label><input id="object-files" type="file" name="file" multiple></div>
<div class="ed-field"><label for="object-run">or a run that is here already</label><select id="object-run" name="evidence"><option value="">none</option>{{#RUN}}<option value="{{NAME}}">{{NAME}}</option>{{/RUN}}</select></div>
<div class="ed-field wide"><label for="object-text">What they show</label><textarea id="object-text" name="text" rows="3" required maxlength="4000"></textarea></div>
{{#NAME}}<div class="ed-field"><label for="object-by">Your name</label><input id="object-by" name="by" maxlength="120" autocomplete="name"></div>{{/NAME}}
<p><button type="submit">Object</button> <span class="status" role="status"></span></p>
</form>
{{/OBJECT}}
<div class="say-columns">
{{#VOTE}}
<form method="post" action="{{URL}}/votes" class="say-form">
<h3>Vote</h3>
<fieldset class="say-choice"><legend class="hidden">your vote</legend>
<label><input type="radio" name="vote" value="for" required> for</label>
<label><input type="radio" name="vote" value="against"> against</label>
<label><input type="radio" name="vote" value="abstain"> abstain</label></fieldset>
<div class="ed-field"><label for="vote-text">Why <span class="unit">may be left out</span></label><input id="vote-text" name="text" maxlength="4000"></div>
{{#NAME}}<div class="ed-field"><label for="vote-by">Your name</label><input id="vote-by" name="by" maxlength="120" autocomplete="name"></div>{{/NAME}}
<p><button type="submit">Vote</button></p>
</form>
{{/VOTE}}
{{#ASK}}
<form method="post" action="{{URL}}/waivers" class="say-form" id="waiver">
<h3>Ask for a waiver</h3>
<p class="quiet">Leave to go on against the answer, for a time. It changes the gate, never the answer; an administrator grants it.</p>
<div class="ed-field"><label for="waiver-rule">Of what</label><select id="waiver-rule" name="rule"><option value="gate">the gate as a whole</option>{{#RULE}}<option value="{{ID}}">rule {{ID}}: {{TEXT}}</option>{{/RULE}}</select></div>
<div class="ed-field"><label for="waiver-reason">Reason</label><textarea id="waiver-reason" name="reason" rows="2" required maxlength="2000"></textarea></div>
<div class="ed-field"><label for="waiver-until">Until <span class="unit">last day, UTC</span></label><input id="waiver-until" type="date" name="until" required></div>
{{#NAME}}<div class="ed-field"><label for="waiver-by">Your name</label><input id="waiver-by" name="by" maxlength="120" autocomplete="name"></div>{{/NAME}}
<p><button type="submit">Ask for it</button></p>
</form>
{{/ASK}}
{{#SETTLE}}
<form method="post" action="{{URL}}/status" class="say-form" id="settle">
<h3>Settle it</h3>
<p class="quiet">{{TEXT}}</p>
<div class="ed-field"><label for="settle-text">Note <span class="unit">may be left out</span></label><input id="settle-text" name="text" maxlength="4000"></div>
{{#NAME}}<div class="ed-field"><label for="settle-by">Your name</label><input id="settle-by" name="by" maxlength="120" autocomplete="name"></div>{{/NAME}}
<p class="tools">{{#CHOICE}}<button name="status" value="{{VALUE}}">{{WORDS}}</button>{{/CHOICE}}</p>
</form>
{{/SETTLE}}
{{#GRANT}}
<form method="post" action="{{URL}}/waivers/{{WAIVER:u}}" class="say-form">
<h3>Waiver of {{RULE}}, {{STATE}}</h3>
<p>{{REASON}} <span class="quiet">until {{UNTIL}}</span></p>
{{#NAME}}<div class="ed-field"><label for="grant-by-{{WAIVER}}">Your name, as the one who answers for it</label><input id="grant-by-{{WAIVER}}" name="by" maxlength="120" autocomplete="name"></div>{{/NAME}}
<p class="tools">{{#GIVE}}<button name="do" value="grant">Grant it</button>{{/GIVE}}<button name="do" value="end">{{END}}</button></p>
</form>
{{/GRANT}}
</div>
{{#NEEDS}}<p class="notice">{{TEXT}}</p>{{/NEEDS}}
<details><summary>From a shell</summary>
<code class="command">curl --fail-with-body -d '{"text": "WHY", "run": "RUN"}' "$STET/api/v1/decisions/{{ID}}/objections"</code>
<code class="command">curl --fail-with-body -d '{"rule": "gate", "reason": "WHY", "until": "2027-01-31T00:00:00Z"}' "$STET/api/v1/projects/{{PROJECT}}/waivers"</code></details>
</div>
