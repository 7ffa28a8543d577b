{{%AUTOESCAPE context="HTML"}}
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{TITLE}}</title>
{{#ONLINE}}
<link rel="stylesheet" href="/static/app.css">
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<script type="module" src="/static/app.js"></script>
{{#STYLE}}<link rel="stylesheet" href="/static/{{FILE}}">
{{/STYLE}}
{{#PRELOAD}}<link rel="modulepreload" href="/static/{{FILE}}">
{{/PRELOAD}}
{{#SCRIPT}}<script type="module" src="/static/{{FILE}}"></script>
{{/SCRIPT}}
{{/ONLINE}}
{{#OFFLINE}}
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<!--stet:style-->
{{/OFFLINE}}
</head>
{{#ONLINE}}
<body class="{{WIDTH}}" data-generation="{{GENERATION}}">
<a class="skip" href="#main">to the content</a>
<header class="top"><div class="bar-top">
<a class="brand" href="/">stet</a>
<nav aria-label="where you are">
{{#CRUMB}}<span class="sep">/</span> {{#CRUMB_LINK}}<a href="{{URL}}">{{TEXT}}</a>{{/CRUMB_LINK}}{{#CRUMB_TEXT}}<span aria-current="page">{{TEXT}}</span>{{/CRUMB_TEXT}}
{{/CRUMB}}
</nav>
<form class="search" action="/search" method="get" role="search">
<label class="hidden" for="q">search projects and functions</label>
<input id="q" name="q" type="search" value="{{SEARCH}}" placeholder="project or function" maxlength="100">
</form>
<a class="button" href="/upload">Upload</a>
<span class="live-state" data-live-state hidden></span>
</div></header>
{{/ONLINE}}
{{#OFFLINE}}
<body>
{{/OFFLINE}}
<main id="main">
{{#NOTICE}}<p class="notice" role="status">{{TEXT}}</p>{{/NOTICE}}
