{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<h1>Functions of {{NAME}}</h1>
{{#FORM}}<form class="find" action="{{ACTION}}" method="get" role="search">
<label for="find">name, module or file</label>
<input id="find" name="q" type="search" value="{{Q}}" maxlength="200" placeholder="json.loads">
<label for="find-match">as</label>
<select id="find-match" name="match">{{#MATCH}}{{#CHOSEN}}<option value="{{VALUE}}" selected>{{TEXT}}</option>{{/CHOSEN}}{{#OTHER}}<option value="{{VALUE}}">{{TEXT}}</option>{{/OTHER}}{{/MATCH}}</select>
<label for="find-clock">of</label>
<select id="find-clock" name="clock">{{#CLOCK}}{{#CHOSEN}}<option value="{{VALUE}}" selected>{{TEXT}}</option>{{/CHOSEN}}{{#OTHER}}<option value="{{VALUE}}">{{TEXT}}</option>{{/OTHER}}{{/CLOCK}}</select>
<button type="submit" class="main">Find</button>
</form>{{/FORM}}
{{#FOUND}}<p class="quiet">{{TEXT}}.</p>
{{>TABLE}}
{{#MORE}}<p><a href="{{URL}}">more functions</a></p>{{/MORE}}
<p class="quiet">A range is the 95 % interval of the share. "About so since" names the oldest run from which on the share is not told from today's by more than chance.</p>{{/FOUND}}
{{#NONE}}<p>No function of that name holds a share worth listing in any run. Capitals do not matter; a module may stand before the name, as in <code>json.loads</code>.</p>{{/NONE}}
{{#END}}<p>That was the last of them.</p>{{/END}}
{{#NO_RUNS}}<p>No run of this project has stacks of CPU time yet. Upload a profile; its functions are listed with its analysis. Runs that were analysed by an earlier version have none until they are analysed anew.</p>{{/NO_RUNS}}
{{#NO_BLOCKED}}<p>No run of this project holds blocked time alone. Where a run has stacks of CPU time, its functions are listed by those.</p>{{/NO_BLOCKED}}
{{>FOOT}}
