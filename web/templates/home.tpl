{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
{{#INTRO}}<h1 class="lead">Was it computing, or was it waiting?</h1>
<p class="lead-text">Before a slow program is rewritten, its profile can settle that. Drop the files you already have; the answer comes with numbers, intervals and what would overturn it, as readily for a rewrite as against one.</p>
{{#START}}{{>FORMS}}{{/START}}{{/INTRO}}
{{#TITLE}}<h1>Projects</h1>{{/TITLE}}
{{#EXAMPLES}}
<section aria-labelledby="examples-head"><h2 id="examples-head">Real answers, from recordings with known truth</h2>
<ul class="cards">
{{#ROW}}<li class="{{STATE}}"><a href="{{URL}}">{{TITLE}}</a><p class="quiet">{{TEXT}}</p></li>
{{/ROW}}
</ul></section>
{{/EXAMPLES}}
<div data-live="attention">{{#ATTENTION}}
<section aria-labelledby="attention-head"><h2 id="attention-head">Needs attention</h2>
{{>ROWS}}</section>
{{/ATTENTION}}</div>
{{#FILTER}}<form class="filter noprint" action="/" method="get" role="search" aria-label="projects">
<label for="f-q">project</label> <input id="f-q" name="q" type="text" value="{{WORDS}}" maxlength="100">
<label for="f-state">answer</label> <select id="f-state" name="state">{{#OPTION}}{{#CHOSEN}}<option value="{{VALUE}}" selected>{{TEXT}}</option>{{/CHOSEN}}{{#OTHER}}<option value="{{VALUE}}">{{TEXT}}</option>{{/OTHER}}{{/OPTION}}</select>
<button type="submit">Filter</button>{{#CLEAR}} <a href="/">all projects</a>{{/CLEAR}}
</form>{{/FILTER}}
<div data-live="projects">{{#LIST}}<section aria-label="projects">
{{>TABLE}}
{{#MORE}}<p><a href="{{URL}}" rel="next">more projects</a></p>{{/MORE}}
</section>{{/LIST}}
{{#NONE}}<p class="quiet">{{TEXT}}</p>{{/NONE}}</div>
{{#AGAIN}}{{#START}}<h2>Add evidence</h2>
{{>FORMS}}{{/START}}{{/AGAIN}}
{{>FOOT}}
