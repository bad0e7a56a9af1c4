"""English programming questions: bugs, snippets, queries, tooling."""

from __future__ import annotations

from traffic.demo.grammar import Grammar, words
from traffic.demo.texts.common_en import COMMON, FOLLOW

RULES: dict[str, list[str]] = {
    "prompt": [
        "{opener}{please}write a {Lang} {unit} that {Task}. {limit}{thanks}",
        "{opener}why does this {Lang} code fail with {error}?\n\n```\n{snippet}\n```",
        "{error} when I {action} in {Tool}. {context}{thanks}",
        "{opener}how do I {action} with {Tool}? {context}",
        "What's the difference between {Idea} and {Idea2} in {Lang}? {context}",
        "refactor this:\n\n```\n{snippet}\n```\n{limit}",
        "{opener}our {service} {symptom} since we moved to {Tool}. {context} {limit}{thanks}",
        "SQL: from {table} and {table}, {query}. {limit}",
        "{opener}review my approach: {Task}, first {action}, then {action}. {context}",
        "regex to match {pattern} but not {pattern}{thanks}",
        "{opener}{please}add tests for a {unit} that {Task}. {limit}",
        "Convert this {Lang} snippet to {lang2}:\n\n{snippet}\n\n{limit}",
        "In {Lang}, {Task}. Is {Idea} a good fit or should I use {Idea2}?",
        "{service}: {symptom}. Logs say `{error}`. {context}",
        "{opener}explain {Idea} to someone who knows {lang2}. {context}{thanks}",
        "dockerfile for a {service} in {Lang} that has to {action}. {limit}",
        "{context} {please}design the tables for {table}, {table} and {table}. {limit}{thanks}",
        "commit message for: {action}, so that {service} no longer {symptom}",
    ],
    "Lang": words("Python|TypeScript|Go|Rust|Java|Kotlin|C#|Ruby|PHP|Swift|Elixir|Scala|C++|R|Bash|Lua|JavaScript|Dart"),
    "lang2": words("Python|TypeScript|Go|Rust|Java|Kotlin|C#|Ruby|Haskell|Julia|SQL|plain C|JavaScript"),
    "unit": words("function|class|script|middleware|decorator|command-line tool|small module|generator|hook|test helper|cron job|macro"),
    "Task": words("merges overlapping date ranges|parses {pattern} out of a {file}|retries a request with backoff|reads a {file} line by line"
                  "|groups {table} by month|finds duplicate rows in a {file}|validates {pattern}|caches results for {#5-600} seconds"
                  "|watches a folder for new {file}s|computes a moving average over {#3-90} points|resizes images to {#200-1600} pixels"
                  "|turns nested objects into flat rows|compares two {file}s and prints the differences|limits calls to {#2-100} per second"
                  "|sorts {table} by two keys|streams {table} to the browser|rotates {file}s when they exceed {#1-50} MB"
                  "|builds a tree from {table} with parent ids|masks {pattern} in log lines|splits a {file} into chunks of {#100-9000} rows"
                  "|schedules jobs without overlap|renders {table} as an aligned text table|converts time zones for {table}"),
    "file": words("CSV file|JSON lines file|log file|YAML config|zip archive|Excel sheet|Parquet file|XML export|text dump|fixture"),
    "table": words("orders|customers|invoices|bookings|sensor readings|shipments|page views|employees|tickets|courses|payments|parts"
                   "|recipes|players|devices|leases|visits|messages|subscriptions|routes|claims|samples"),
    "error": words("KeyError: '{field}'|TypeError: undefined is not a function|NullPointerException|index out of range [{#3-40}]"
                   "|ECONNRESET|deadlock detected|cannot borrow `{field}` as mutable|segmentation fault|UnicodeDecodeError|403 Forbidden"
                   "|relation \"{field}\" does not exist|module not found: {field}|context deadline exceeded|ORA-{#1000-9999}"
                   "|exit code {#1-139}|permission denied|CORS error|max retries exceeded|heap out of memory|invalid literal for int()"),
    "field": words("user_id|created_at|total|customer_ref|items|payload|sku|region|token|parent|status|price_cents|slug|locale|batch_no"),
    "action": words("upgrade {Tool}|open a second connection|deserialise {table}|mock the clock|join {table} with {table}|deploy to staging"
                    "|run the migrations|parse {pattern}|mount a volume|upload a {file}|cancel a running job|page through {table}"
                    "|set up {Tool} behind a proxy|sign a request|undo the last commit|profile the memory|pin dependencies"
                    "|share types between packages|lock a row|test a websocket|export {table} to a {file}|rename `{field}`"),
    "Tool": words("Postgres|Redis|Django|Spring Boot|React|Vue|Docker Compose|Terraform|pandas|Kafka|nginx|GitHub Actions|FastAPI|Rails"
                  "|Next.js|SQLite|Celery|Kubernetes|Ansible|Airflow|Vite|Gradle|Poetry|Helm|RabbitMQ|Elasticsearch|numpy|Flutter|Laravel"),
    "Idea": words("an iterator|a mutex|optimistic locking|dependency injection|a closure|an index on `{field}`|a materialised view|polling"
                  "|a queue|event sourcing|a singleton|lazy loading|a worker pool|memoisation|a composite key|structural typing|a semaphore"),
    "Idea2": words("a plain loop|a channel|a unique constraint|global state|a callback|a partial index|a cron job|webhooks|a cache"
                   "|an enum|inheritance|eager loading|threads|recursion|a surrogate key|an interface|async tasks"),
    "service": words("billing worker|search page|mobile app|import job|admin panel|booking API|report server|image proxy|login service"
                     "|inventory sync|chat backend|PDF renderer|data pipeline|label printer daemon"),
    "symptom": words("is slow after {#5-50} minutes|drops connections|shows stale {table}|eats memory|returns {#400-504}|hangs on shutdown"
                     "|double-counts {table}|forgets the locale|fails only in CI|writes empty {file}s|ignores `{field}`|times out at {#5-60} s"),
    "context": words("We have about {#2-900} thousand {table}.|It works on my machine.|I can't change the schema.|Version {#1-19}.{#0-30}."
                     "|Runs on {Tool}.|The {service} calls it {#2-90} times a minute.|Only {table} are affected.|I'm new to {Tool}.|||"
                     "|It has to keep working with {lang2}.|Staging is fine, production is not.|There is one writer and many readers."),
    "limit": words("No external libraries.|Keep it under {#15-80} lines.|Add type hints.|Explain the trade-offs.|With a short example."
                   "|Must handle empty input.|Only the code please.|It should run in O(n).|Comment the tricky part.||"
                   "|Use `{field}` as the key.|Show a test.|Prefer the standard library.|Mind time zones."),
    "query": words("list the top {#3-50} by revenue per {field}|find those without {table}|sum `total` per week|show the last row per {field}"
                   "|count distinct {field} by month|find gaps longer than {#2-40} days|compare this year with last year by {field}"),
    "pattern": words("ISO dates|German phone numbers|hex colours|semantic versions|IPv4 addresses|order numbers like AB-{#100-999}"
                     "|quoted strings|markdown links|e-mail addresses|time stamps|prices with commas|licence plates|HTML comments"),
    "snippet": [
        "for {field} in {table2}:\n    if {field} not in seen:\n        total += {field}.{attr}\n        seen.add({field})",
        "const {field2} = await fetch(`/api/{table2}/${{id}}`)\nreturn {field2}.json().{attr}",
        "SELECT {field}, count(*) FROM {table2}\nGROUP BY 1 HAVING count(*) > {#1-90}",
        "func load(path string) ([]{table3}, error) {{\n\tf, err := os.Open(path)\n\tif err != nil {{ return nil, err }}\n\tdefer f.Close()\n}}",
        "let mut {field2} = Vec::new();\nfor row in {table2}.iter() {{\n    {field2}.push(row.{attr}.clone());\n}}",
        "def {attr}({field2}, limit={#5-500}):\n    rows = sorted({field2}, key=lambda r: r['{field}'])\n    return rows[:limit]",
        "try {{\n  {table3} x = repo.find({#1-900});\n  x.{attr}();\n}} catch (Exception e) {{ log(e); }}",
    ],
    "table2": words("orders|rows|readings|shipments|bookings|users|events|items|nodes|payments|entries|lines"),
    "table3": words("Order|Row|Reading|Shipment|Booking|Event|Node|Payment|Entry|Customer"),
    "field2": words("data|result|batch|cache|acc|parsed|rows|tmp|page|chunk"),
    "attr": words("amount|close|weight|label|update|value|children|score|flush|owner|apply"),
    "reply": [
        "{sure} {why}\n\n```\n{snippet}\n```\n\n{note} {note}{close}", "{why} {note}\n\n```\n{snippet}\n```\n{close}",
        "{why}\n\n1. {note}\n2. {note}\n3. {note}\n\n{close}", "{sure}\n\n```\n{snippet}\n\n{snippet}\n```\n\n{note}",
        "{why} {note} {note}", "{sure} {note}\n\n```\n{snippet}\n```\n\n{why} {note} {note}{close}",
    ],
    "why": words("The value of `{field}` is missing in some {table}, so the lookup fails.|{Idea} is fine here as long as there is one writer."
                 "|The connection is closed before the last batch is read.|In {Lang} that is usually done in two steps."
                 "|This is a race: two workers read `{field}` before either writes it.|{Tool} changed that default in a recent version."
                 "|The cost is in the nested loop; a lookup table removes it.|Both work, but {Idea2} is easier to test."
                 "|The message is misleading; the real cause is the encoding of the {file}."),
    "note": words("Set a limit of {#10-900} first.|Index `{field}` if {table} grow.|Close the {file} in all cases.|Log the id, not the row."
                  "|Keep {Idea2} for later.|Test it with an empty {file}.|In {Tool} the setting lives next to the pool size."
                  "|Wrap it in a transaction.|Do not catch every exception.|`{attr}` must not change `{field}`.|Measure before you cache."
                  "|The same holds for {table}.|Pin the version of {Tool}.|Use a set, since order does not matter here."),
    "change": COMMON["change"][:4] + words("and if {table} are empty?|can it be done without {Tool}|add type hints|what about {Idea2}"
                  "|it now says {error}|same in {lang2} please|how do I test that|is that safe with two workers|what does `{attr}` do here"
                  "|make it faster|show the full {unit}|{limit}"),
    "remark": words("`{field}` is checked first now.|The loop stops at {#5-500}.|{Tool} needs no change.|I renamed `{attr}` for clarity."
                  "|The second query is no longer needed.|Empty input returns an empty list."),
}  # fmt: skip

CODING = Grammar(COMMON, FOLLOW, RULES)
