{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<section class="sheet error">
<h1>{{TITLE}}</h1>
<p>{{DETAIL}}</p>
<p class="quiet">status {{STATUS}}{{#REQUEST}}, request {{TEXT}}{{/REQUEST}}</p>
<p><a href="/">to all projects</a></p>
</section>
{{>FOOT}}
