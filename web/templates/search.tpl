{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<h1>Search</h1>
{{#FORM}}<form class="find" action="{{ACTION}}" method="get" role="search">
<label for="find">project or function</label>
<input id="find" name="q" type="search" value="{{Q}}" maxlength="200" placeholder="json.loads">
<label for="find-match">as</label>
<select id="find-match" name="match">{{#MATCH}}{{#CHOSEN}}<option value="{{VALUE}}" selected>{{TEXT}}</option>{{/CHOSEN}}{{#OTHER}}<option value="{{VALUE}}">{{TEXT}}</option>{{/OTHER}}{{/MATCH}}</select>
<label for="find-clock">of</label>
<select id="find-clock" name="clock">{{#CLOCK}}{{#CHOSEN}}<option value="{{VALUE}}" selected>{{TEXT}}</option>{{/CHOSEN}}{{#OTHER}}<option value="{{VALUE}}">{{TEXT}}</option>{{/OTHER}}{{/CLOCK}}</select>
<button type="submit" class="main">Find</button>
</form>{{/FORM}}
{{#NONE}}<p>No project and no function of that name. Functions are known from each run's newest analysis; capitals do not matter.</p>{{/NONE}}
{{#PROJECTS}}<section aria-labelledby="projects-head">
<h2 id="projects-head">Projects</h2>
<ul class="hits">
{{#ROW}}<li><a href="{{URL}}">{{NAME}}</a>{{#SUMMARY}} <span class="quiet">{{TEXT}}</span>{{/SUMMARY}}</li>
{{/ROW}}
</ul>
</section>{{/PROJECTS}}
{{#FUNCTIONS}}<section aria-labelledby="functions-head">
<h2 id="functions-head">Functions</h2>
{{#PROJECT}}<h3><a href="{{URL}}?q={{Q}}">{{NAME}}</a></h3>
{{>TABLE}}
{{/PROJECT}}
</section>{{/FUNCTIONS}}
{{>FOOT}}
