{{%AUTOESCAPE context="HTML"}}
<div class="ed-field {{CLASS}}">
<label for="{{ID}}">{{LABEL}}{{#UNIT}} <span class="unit">{{TEXT}}</span>{{/UNIT}}</label>
{{#INPUT}}<input id="{{ID}}" name="{{PATH}}" value="{{VALUE}}" data-path="{{PATH}}" data-type="{{TYPE}}" data-lo="{{LO}}" data-hi="{{HI}}" data-scale="{{SCALE}}" placeholder="{{PLACEHOLDER}}" aria-describedby="{{ID}}-hint {{ID}}-error" autocomplete="off" spellcheck="false"{{#LISTED}} list="{{LIST_ID}}"{{/LISTED}}{{#WRONG}} aria-invalid="true"{{/WRONG}}>{{/INPUT}}
{{#AREA}}<textarea id="{{ID}}" name="{{PATH}}" data-path="{{PATH}}" data-type="{{TYPE}}" rows="{{ROWS}}" aria-describedby="{{ID}}-hint {{ID}}-error" autocomplete="off" spellcheck="false"{{#WRONG}} aria-invalid="true"{{/WRONG}}>{{VALUE:p}}</textarea>{{/AREA}}
{{#SELECT}}<select id="{{ID}}" name="{{PATH}}" data-path="{{PATH}}" data-type="{{TYPE}}" aria-describedby="{{ID}}-hint {{ID}}-error"{{#WRONG}} aria-invalid="true"{{/WRONG}}><option value="">{{NONE}}</option>{{#OPTION}}<option value="{{WORD}}"{{#CHOSEN}} selected{{/CHOSEN}}>{{WORDS}}</option>{{/OPTION}}</select>{{/SELECT}}
<p class="hint" id="{{ID}}-hint">{{HINT}}{{#EMPTY}} <span class="empty">{{TEXT}}</span>{{/EMPTY}}</p>
<p class="field-error" id="{{ID}}-error">{{ERROR}}</p>
</div>
