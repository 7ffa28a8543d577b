{{%AUTOESCAPE context="HTML"}}
<section class="noprint" aria-labelledby="how-head"><h2 id="how-head">How runs get here</h2>
<p class="quiet">From a shell; files with the same <code>run=</code> are evidence of one run:</p>
<code class="command">curl --fail-with-body{{#TOKEN}} -H "Authorization: Bearer $STET_TOKEN"{{/TOKEN}} --data-binary @profile.svg "{{BASE}}/api/v1/projects/{{PROJECT}}/profiles?run=$(date +%s)&amp;commit=$(git rev-parse HEAD)"</code>
<details><summary>In a CI job, with this server</summary>
<p class="quiet">The gate is enforced where a rewrite is proposed; let the step run for those changes alone (a label, a path).</p>
<code class="command" data-lines>- name: is the rewrite supported?
  env:
    STET: {{BASE}}/api/v1/projects/{{PROJECT}}
{{#TOKEN}}    STET_TOKEN: {{SECRET}}
{{/TOKEN}}  run: |
    curl --fail-with-body{{#TOKEN}} -H "Authorization: Bearer $STET_TOKEN"{{/TOKEN}} --data-binary @profile.svg \
      "$STET/profiles?run=$GITHUB_RUN_ID&amp;commit=$GITHUB_SHA&amp;branch=$GITHUB_REF_NAME"
    curl --fail-with-body{{#TOKEN}} -H "Authorization: Bearer $STET_TOKEN"{{/TOKEN}} -H "Accept: text/markdown" \
      "$STET/gate?run=$GITHUB_RUN_ID&amp;enforce=1" &gt;&gt; "$GITHUB_STEP_SUMMARY"</code>
<p class="quiet">The second line ends with an error while the gate is closed, and its reasons stand in the job's summary.</p>
</details>
<details><summary>In a CI job, without a server</summary>
<code class="command">stet analyze profile.svg stat.txt --gate --out md &gt;&gt; "$GITHUB_STEP_SUMMARY"</code>
<p class="quiet">Exit status 0: open, 1: shown otherwise, 2: not enough evidence.</p>
</details>
<details><summary>No profiler at hand</summary>
<p class="quiet"><a href="/record.sh">record.sh</a> counts CPU and waiting of a process from /proc, without root; so does:</p>
<code class="command">stet record --pid PID --seconds 60 -o run.json</code>
</details>
</section>
