{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
{{>BODY}}
{{>FOOT}}
