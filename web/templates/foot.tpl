{{%AUTOESCAPE context="HTML"}}
</main>
<footer>
<p>This judges speed, capacity, cost and memory. It does not judge safety, packaging, hiring or taste.</p>
{{#VERSION}}<p class="quiet">stet {{TEXT}}</p>{{/VERSION}}
</footer>
</body>
</html>
