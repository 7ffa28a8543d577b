{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<h1>Categories corrected by {{NAME}}</h1>
<p class="lead-text">Where the table is wrong about this project's code, say so: every run is analysed anew, each as a new revision, and reports name the correction. Samples that were taken on CPU never become waiting, and native code stays native.</p>
{{#LIST}}<div class="scroll"><table class="corrections stack">
<thead><tr><th scope="col">what</th><th scope="col">is</th><th scope="col">why</th><th scope="col">said</th><th scope="col">state</th></tr></thead>
<tbody>
{{#ROW}}<tr class="{{STATE}}"><th scope="row"><code>{{PATTERN}}</code><br><span class="quiet">{{KIND}}</span></th><td data-label="is">{{WORDS}}</td><td data-label="why">{{#REASON}}{{TEXT}}{{/REASON}}</td><td data-label="said">{{#BY}}{{TEXT}}<br>{{/BY}}{{#AT}}<time class="quiet" datetime="{{DATETIME}}">{{TEXT}}</time>{{/AT}}</td><td data-label="state">{{#REVOKE}}<form action="{{ACTION}}" method="post"><button type="submit" aria-label="Revoke {{PATTERN}}">Revoke</button></form>{{/REVOKE}}{{#REVOKED}}revoked{{#WHO}} by {{TEXT}}{{/WHO}}{{#WHEN}}<br><time class="quiet" datetime="{{DATETIME}}">{{TEXT}}</time>{{/WHEN}}{{/REVOKED}}</td></tr>
{{/ROW}}
</tbody></table></div>
{{#MORE}}<p><a href="{{URL}}">earlier corrections</a></p>{{/MORE}}{{/LIST}}
{{#NONE}}<p class="quiet">Nothing was corrected yet: all categories are those of the table.</p>{{/NONE}}
<section aria-labelledby="correct-head">
<h2 id="correct-head">Correct a category</h2>
{{#FORM}}<form class="correct" action="{{ACTION}}" method="post">
<p><label for="kind">The</label> <select id="kind" name="kind">{{#KIND}}{{#CHOSEN}}<option value="{{VALUE}}" selected>{{TEXT}}</option>{{/CHOSEN}}{{#OTHER}}<option value="{{VALUE}}">{{TEXT}}</option>{{/OTHER}}{{/KIND}}</select>
<label for="pattern">named</label> <input id="pattern" name="pattern" value="{{PATTERN}}" maxlength="300" required autocomplete="off">
<label for="category">is</label> <select id="category" name="category">{{#CATEGORY}}{{#CHOSEN}}<option value="{{VALUE}}" selected>{{TEXT}}</option>{{/CHOSEN}}{{#OTHER}}<option value="{{VALUE}}">{{TEXT}}</option>{{/OTHER}}{{/CATEGORY}}</select></p>
<p><label for="reason">because</label> <input id="reason" name="reason" maxlength="500" size="60" autocomplete="off"></p>
<p><button type="submit" class="main">Correct it</button></p>
<p class="quiet">The name is a pattern over the whole text: <code>*</code> is anything, <code>?</code> one character, and <code>name@file</code> asks for the file of a function as well, as in <code>loads@json/*</code>.</p>
</form>{{/FORM}}
</section>
{{>FOOT}}
