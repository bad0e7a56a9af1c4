"""The wording that each task tag looks for, by group of languages, as printed in a case file.

From what is published about such runs: self-instruct (Wang et al. 2022), Alpaca (Taori et al. 2023), evol-instruct (Xu et
al. 2023), chain-of-thought prompting (Wei et al. 2022; Kojima et al. 2022) and its collection (Hsieh et al. 2023),
LLM-as-judge (Zheng et al. 2023), preference data (Ouyang et al. 2022), ReAct traces (Yao et al. 2022), and the
providers' reports of 2026 (think-aloud tags, "debug session", a language for the reasoning, reasoning to a finished answer).

RE2 patterns without counters over long text. `\\w` and `\\b` know ASCII only and `\\pL` costs a thousand states a time, so
letters of other languages are written as what is neither blank nor punctuation.
"""

from __future__ import annotations

S = r"[^.?!\n]*"  # the rest of the sentence
ASK = r"\b(?:come up with|generate|create|write|produce|propose|brainstorm|compose|devise|draft|suggest)\b"
TASKS = r"(?:instructions|tasks|prompts|questions|queries|problems|exercises)\b"
END = r"(?:\s*(?:[.,;:!?)。\n]|$)|\s+(?:before|and|then|until|so that|through|bevor|und|dann|avant|et|puis|antes|y|e|prima)\b)"
THOUGHT = r"(?:reasoning|rationale|thinking|thoughts?|thought process|chain[ -]of[ -]thought|scratchpad|deliberation)\b"
ANSWER = r"\b(?:response|answer|completion|output|reply|assistant|summary)\b"
TONGUE = r"(?:english|chinese|mandarin|german|french|japanese|korean|russian|spanish|portuguese|italian|arabic|hindi|the same language)\b"

ENGLISH: dict[str, str] = {
    "step_by_step_rationale": (
        r"\b(?:think|reason|solve|work|derive|deduce|prove|calculate|compute|answer|justify)\b" + S + r"\bstep[ -]by[ -]step" + END +
        r"|\bstep[ -]by[ -]step (?:\w+ )?(?:reasoning|rationale|solution|derivation|thinking|thoughts?|proof|logic|justification)\b"
        r"|\bchain[ -]of[ -]thoughts?\b|\b(?:your|its|the model's|full|complete) (?:\w+ )?(?:thought process|inner monologue)\b"
        r"|\b(?:show|write|spell|lay|reveal|state|give|include|print|provide|output|share|articulate|reconstruct|explain|describe|"
        r"justify)\b" + S + r"\b(?:your|all the|all your|the full|the complete|the detailed|the intermediate|its) (?:\w+ ){0,2}"
        r"(?:reasoning|rationale|thinking|scratchpad|working)\b"
        r"|\b(?:reasoning|rationale) (?:first|before (?:the|your|giving|you))\b"
        r"|\b(?:write|spell|lay) out" + S + r"\b(?:every|each|all)(?: the| of the| of your| your)?(?: \w+)? steps?\b"
        r"|\bsteps? (?:of|in) (?:your|the) (?:\w+ )?(?:reasoning|solution|derivation|calculation|proof|thinking|argument)\b"
        r"|\b(?:reason|think) (?:out loud|aloud|carefully before)\b"
    ),
    "rubric_grading": (
        r"\b(?:rate|score|grade|evaluate|judge|assess|according to|apply|against|based on)\b" + S + r"\brubrics?\b"
        r"|\brubrics?\b" + S + r"\b(?:scores?|ratings?|points|criterion|criteria)\b"
        r"|\b(?:rate|score|grade|evaluate|judge|assess|mark)\b" + S
        + r"\b(?:on a scale|scale of|scale from|from \d+ to \d+|between \d+ and \d+|out of \d+|criteria)\b"
        r"|\b(?:return|reply|respond|answer|output|print|give)\b" + S + r"\b(?:only|just|nothing but)\b" + S + r"\b(?:score|rating|grade)\b"
        r"|\b(?:score|rating|grade) only\b"
        r"|\b(?:act as|you are|you're) an? (?:\w+ ){0,3}(?:judge|grader|evaluator|reward model)\b"
    ),
    "preference_pair": (
        r"\bwhich\b" + S + ANSWER + S + r"\b(?:better|best|prefer\w*|more helpful|more harmless)\b"
        r"|\b(?:chosen|preferred|winning)\b" + S + r"\b(?:rejected|dispreferred|losing)\b"
        r"|\bcompare\b" + S + r"\b(?:two|both|these|following|candidate|pair of)\b" + S
        + r"\b(?:responses|answers|completions|outputs|replies)\b"
        r"|\b(?:better|worse)\b" + S + r"\b(?:response|answer|completion) (?:a|b|1|2)\b"
        r"|\brank\b" + S + r"\b(?:responses|answers|completions|outputs|candidates)\b"
    ),
    "generate_instructions": (
        ASK + S + r"\b(?:diverse|varied|distinct|novel|unique)\b" + S + r"\b" + TASKS
        + r"|" + ASK + S + r"\b(?:different|original)\b" + S + r"\b(?:instructions|tasks|prompts|queries)\b"
        r"|" + ASK + r"[^.?!\n\d]*\b(?:\d+|ten|twenty|fifty|a hundred|many) (?:\w+ ){0,3}" + TASKS
        + r"|\b(?:come up with|generate|propose)\b" + S + r"\b(?:series|set|batch|collection) of (?:\w+ ){0,3}(?:instructions|tasks|prompts)\b"
    ),
    "self_instruct": (
        r"\binstructions?\b" + S + r"\binputs?\b" + S + r"\boutputs?\b"
        r"|" + ASK + S + r"\b(?:training|fine[ -]?tuning|instruction[ -]tuning|synthetic)(?: \w+){0,2} "
        r"(?:data|datasets?|examples?|samples?|pairs?|conversations?|dialogues?)\b"
        r"|\b(?:instruction|prompt)[ -](?:response|output|completion)s? pairs?\b"
    ),
    "rewrite_instruction": (
        r"\b(?:rewrite|rephrase|evolve|transform|revise)\b" + S + r"\b(?:prompts?|instructions?|questions?|tasks?|problems?|quer(?:y|ies))\b"
        + S + r"\b(?:complex|complicated|difficult|harder|challenging|specific|concrete|constraints?|demanding)\b"
        r"|\b(?:make|turn) (?:the|this|it|each|every|a given) (?:\w+ ){0,2}(?:prompt|instruction|question|task|problem|query) (?:\w+ ){0,3}"
        r"(?:more|harder)\b"
        r"|\b(?:increase|raise|add to|deepen)\b" + S + r"\b(?:complexity|difficulty|depth)\b" + S
        + r"\b(?:prompt|instruction|question|task|problem)\b"
        r"|\b(?:rewrite|rephrase|paraphrase)\b" + S + r"\b(?:prompt|instruction)s?\b"
    ),
    "tool_trace": (
        ASK + S + r"\b(?:conversations?|dialogues?|trajector(?:y|ies)|transcripts?|traces?|sessions?|examples?)\b" + S
        + r"\b(?:tool|function|api)[ -]?(?:calls?|calling|use|usage)\b"
        r"|\bsimulate\b" + S + r"\b(?:tool|function|terminal|shell|browser|agent)(?: \w+){0,2} (?:calls?|responses?|outputs?|sessions?|runs?)\b"
        r"|\b(?:tool|tool[ -]use|function[ -]call\w*|agent|agentic)(?: \w+){0,1} (?:traces?|trajector(?:y|ies)|rollouts?)\b"
        r"|\bthought:[^\n]*\s+action:"
    ),
    "self_qa": (
        ASK + S + r"\bquestions?\b" + S + r"\b(?:answers?|solutions?|solved)\b"
        r"|\bquestion[ -](?:and[ -])?answer(?:ing)? pairs?\b|\bq ?& ?a pairs?\b|\bqa pairs?\b"
        r"|\bask yourself\b" + S + r"\banswer\b"
    ),
    "trace_cleaning": (
        r"\b(?:rewrite|clean|polish|edit|shorten|condense|compress|tidy|refine|normali[sz]e|restructure|summari[sz]e)\b" + S
        + r"\b(?:reasoning|thought|thinking|solution|scratchpad|rationale)"
        r"(?:[ -](?:traces?|steps|process|chains?|paths?|logs?)|s?\b" + S + r"\b(?:traces?|transcripts?))\b"
        r"|\b(?:remove|drop|delete)\b" + S + r"\b(?:backtracking|false starts|dead ends|redundant steps)\b"
    ),
    "reasoning_extraction": (
        r"<(?:think|thinking|thoughts?|reasoning|scratchpad|reflection|inner_monologue)>"
        r"|\b(?:think|thinking|thought|reasoning|scratchpad|reflection) tags?\b"
        r"|\bdebug(?:ging)? (?:session|mode)\b" + S + r"\b(?:" + THOUGHT + r"|internal\b|hidden\b|system prompt\b)"
        r"|\b" + THOUGHT + S + r"\bdebug(?:ging)? (?:session|mode)\b"
        r"|\b(?:your|its|the model's|the assistant's) (?:\w+ ){0,2}(?:real|actual|true|raw|hidden|internal|private|unfiltered|verbatim|inner) (?:\w+ )?"
        + THOUGHT
        + r"|\b(?:think|reason) (?:\w+ ){0,3}(?:only|exclusively|entirely|strictly|solely) in " + TONGUE
        + r"|\b(?:your|all|the) (?:\w+ )?" + THOUGHT + S + r"\bin " + TONGUE
        + r"|\b(?:articulate|reconstruct|recover|reverse[ -]engineer|infer|fill in|produce|write|generate|give)\b" + S + r"\b" + THOUGHT + S
        + r"\b(?:that (?:leads?|led|would lead|arrives?|results?|resulted)|leading|behind (?:this|the) (?:given |final |finished )?answer|"
        r"for (?:this|the) (?:given|final|completed|finished) answer|to (?:reach|arrive at) (?:this|the|that))\b"
        r"|\b(?:repeat|print|output|reveal|translate|dump)\b" + S + r"\byour (?:\w+ ){0,2}(?:memory|system prompt|system message|hidden context)\b"
    ),
}  # fmt: skip

# German, French, Spanish, Italian, Portuguese
EUROPEAN: dict[str, str] = {
    "step_by_step_rationale": (
        r"(?:denk|überleg|lös|rechne|begründ|arbeite)[^\s.,;:!?()]*\b" + S + r"schritt für schritt" + END
        + r"|schrittweise (?:[^\s.,;:!?()]+ )?(?:begründung|herleitung|überlegung)|gedankenkette|(?:deine?n?|ihre?n?|vollständige?n?) (?:[^\s.,;:!?()]+ )?(?:gedankengang|denkprozess|rechenweg|denkschritte|überlegungen)"
        r"|(?:réfléchi|raisonn|résou|résol|démontr|calcul)[^\s.,;:!?()]*" + S + r"étape par étape" + END
        + r"|(?:ton|votre|tout le) (?:[^\s.,;:!?()]+ )?raisonnement|chaîne de pensée|raisonnement (?:complet|détaillé|étape)"
        r"|(?:piens|razon|resuelv|calcul|dedu|demuestr)[^\s.,;:!?()]*" + S + r"paso a paso" + END
        + r"|\b(?:tu|su|todo el) (?:[^\s.,;:!?()]+ )?razonamiento|cadena de pensamiento|razonamiento (?:completo|detallado|paso)"
        r"|(?:pens|ragion|risolv|riflett|calcol|dimostr)[^\s.,;:!?()]*" + S + r"passo (?:dopo |per )?passo" + END
        + r"|\b(?:tuo|suo|tutto il) (?:[^\s.,;:!?()]+ )?ragionamento|catena di pensier|ragionamento (?:completo|dettagliato|passo)"
        r"|(?:pens|raciocin|resolv|calcul|deduz|demonstr|reflit)[^\s.,;:!?()]*" + S + r"passo a passo" + END
        + r"|\b(?:seu|teu|todo o) (?:[^\s.,;:!?()]+ )?raciocínio|cadeia de (?:pensamento|raciocínio)|raciocínio (?:completo|detalhado|passo)"
    ),
    "rubric_grading": (
        r"(?:bewert|beurteil|benot)[^\s.,;:!?()]*" + S + r"(?:auf einer skala|skala von|von \d+ bis \d+|kriterien|bewertungsraster)"
        r"|(?:not|évalu|attribu)[^\s.,;:!?()]*" + S + r"(?:sur une échelle|de \d+ à \d+|entre \d+ et \d+|selon (?:les|ces) critères|grille d.évaluation)"
        r"|(?:evalú|evalu|calific|puntú|puntu)[^\s.,;:!?()]*" + S + r"(?:en una escala|escala d|de \d+ a \d+|del \d+ al \d+|entre \d+ y \d+|criterios|rúbrica)"
        r"|(?:valut|giudic|assegn)[^\s.,;:!?()]*" + S + r"(?:su una scala|scala da|da \d+ a \d+|tra \d+ e \d+|criteri\b|griglia di valutazione)"
        r"|(?:avali|classifi|pontu|atribu)[^\s.,;:!?()]*" + S + r"(?:numa escala|em uma escala|escala de|de \d+ a \d+|entre \d+ e \d+|critérios|rubrica)"
    ),
    "preference_pair": (
        r"welche" + S + r"antwort" + S + r"(?:besser|bevorzug)|quelle" + S + r"réponse" + S + r"(?:meilleure|préfér)"
        r"|(?:cuál|qué)" + S + r"respuesta" + S + r"(?:mejor|prefier)|quale" + S + r"risposta" + S + r"(?:miglior|prefer)"
        r"|qual" + S + r"resposta" + S + r"(?:melhor|prefer)"
    ),
    "generate_instructions": (
        r"(?:erstell|schreib|formulier|erzeug|entwirf|überleg|génèr|écri|rédig|propos|invent|gener|escrib|scriv|escrev|redact|cri[ae]|cré|cre[aei]|ger[ae])[^\s.,;:!?()]*"
        + S + r"(?:\d|verschiedene|vielfältige|unterschiedliche) (?:[^\s.,;:!?()]+ )?(?:aufgaben|anweisungen|fragen|instruktionen|prompts?|tâches|instructions|consignes|questions|"
        r"tareas|instrucciones|preguntas|compiti|istruzioni|domande|tarefas|instruções|perguntas)"
        r"|(?:génèr|écri|rédig|propos|invent|gener|escrib|scriv|escrev|redact|cri[ae]|cré|cre[aei]|ger[ae])[^\s.,;:!?()]*"
        + S + r"(?:tâches|instructions|consignes|questions|prompts?|tareas|instrucciones|preguntas|compiti|istruzioni|domande|tarefas|instruções|perguntas) "
        r"(?:[^\s.,;:!?()]+ )?(?:vari|divers|différent|diferent|differenti|distint|originales)"
    ),
    "self_instruct": (
        r"(?:anweisung|instruktion)[^\s.,;:!?()]*" + S + r"eingabe[^\s.,;:!?()]*" + S + r"ausgabe|trainings(?:daten|beispiele)\b|données d.entraînement|exemples d.entraînement"
        r"|instruction[^\s.,;:!?()]*" + S + r"entrée[^\s.,;:!?()]*" + S + r"sortie|instrucci[^\s.,;:!?()]*" + S + r"entrada[^\s.,;:!?()]*" + S + r"salida|datos de entrenamiento"
        r"|istruzion[^\s.,;:!?()]*" + S + r"input" + S + r"output|dati di addestramento|instruç[^\s.,;:!?()]*" + S + r"entrada[^\s.,;:!?()]*" + S + r"saída|dados de treinamento"
    ),
    "rewrite_instruction": (
        r"(?:schreib|formulier|mach)[^\s.,;:!?()]*" + S + r"(?:anweisung|aufgabe|prompt|frage)" + S + r"(?:komplexer|schwieriger|schwerer|anspruchsvoller)"
        r"|(?:réécri|reformul|rend)[^\s.,;:!?()]*" + S + r"(?:consigne|instruction|question|tâche|prompt)" + S + r"plus (?:complexe|difficile|exigeant)"
        r"|(?:reescrib|reformul|haz|modific)[^\s.,;:!?()]*" + S + r"(?:instrucción|pregunta|tarea|prompt)" + S + r"más (?:complej|difícil|exigente)"
        r"|(?:riscriv|riformul|rend)[^\s.,;:!?()]*" + S + r"(?:istruzione|domanda|compito|prompt)" + S + r"più (?:compless|difficil)"
        r"|(?:reescrev|reformul|torn)[^\s.,;:!?()]*" + S + r"(?:instrução|pergunta|tarefa|prompt)" + S + r"mais (?:complex|difíc)"
    ),
    "self_qa": (
        r"(?:erstell|schreib|formulier|erzeug)[^\s.,;:!?()]*" + S + r"frage[^\s.,;:!?()]*" + S + r"(?:beantwort|antwort)|frage-antwort-paar"
        r"|(?:génère|écri|rédige|crée|pose)[^\s.,;:!?()]*" + S + r"questions?\b" + S + r"réponse|(?:gener|escrib|cre[ae]|formul)[^\s.,;:!?()]*" + S + r"pregunta[^\s.,;:!?()]*" + S + r"respuesta"
        r"|(?:gener|scriv|cre[ai]|formul)[^\s.,;:!?()]*" + S + r"domand[^\s.,;:!?()]*" + S + r"rispost|(?:ger[ae]|escrev|cri[ae]|formul)[^\s.,;:!?()]*" + S + r"pergunta[^\s.,;:!?()]*" + S + r"resposta"
    ),
    "trace_cleaning": (
        r"(?:kürz|bereinig|straff|überarbeit)[^\s.,;:!?()]*" + S + r"(?:gedankengang|gedankenkette|denkprozess|lösungsweg)"
        r"|(?:nettoi|raccourci|conden|reformul)[^\s.,;:!?()]*" + S + r"(?:trace de raisonnement|chaîne de pensée|ce raisonnement)"
        r"|(?:limpi|acort|resum|pul[ae])[^\s.,;:!?()]*" + S + r"(?:traza de razonamiento|cadena de pensamiento|este razonamiento)"
        r"|(?:ripuli|accorci|condens)[^\s.,;:!?()]*" + S + r"(?:traccia di ragionamento|catena di pensier|questo ragionamento)"
        r"|(?:limp|encurt|resum)[^\s.,;:!?()]*" + S + r"(?:cadeia de (?:pensamento|raciocínio)|este raciocínio)"
    ),
    "reasoning_extraction": (
        r"\b(?:denk|überleg)[^\s.,;:!?()]*" + S + r"(?:nur|ausschließlich) auf [^\s.,;:!?()]+|(?:wahre|echte|interne|versteckte|verborgene)[nr]? (?:[^\s.,;:!?()]+ )?(?:gedankengang|überlegungen|gedanken|denkprozess)"
        r"|(?:réfléchi|raisonn|pens)[^\s.,;:!?()]*" + S + r"(?:uniquement|exclusivement) en [^\s.,;:!?()]+|(?:vrai|véritable) raisonnement|raisonnement (?:interne|caché|réel)"
        r"|(?:piens|razon)[^\s.,;:!?()]*" + S + r"(?:solo|sólo|únicamente|exclusivamente) en [^\s.,;:!?()]+|(?:verdadero|auténtico) razonamiento|razonamiento (?:interno|oculto|real)"
        r"|(?:pens|ragion)[^\s.,;:!?()]*" + S + r"(?:solo|soltanto|esclusivamente) in [^\s.,;:!?()]+|vero ragionamento|ragionamento (?:interno|nascosto|reale)"
        r"|(?:pens|raciocin)[^\s.,;:!?()]*" + S + r"(?:apenas|somente|exclusivamente) em [^\s.,;:!?()]+|verdadeiro raciocínio|raciocínio (?:interno|oculto|real)"
    ),
}  # fmt: skip

# Chinese, Japanese, Korean, Russian: sentences there end with marks of their own
_W = r"[^.?!。？！\n]*"
OTHER: dict[str, str] = {
    "step_by_step_rationale": (
        r"(?:一步一步|一步步|逐步)地?(?:思考|推理|推导|分析|解答|求解|解决)|(?:写出|展示|给出|说明|列出|输出)" + _W + r"(?:推理过程|思考过程|思维过程|思维链|推导过程|解题过程)|思维链"
        r"|(?:ステップ・?バイ・?ステップ|段階的|順を追って|一歩ずつ)(?:に|で)?" + _W + r"(?:考え|推論|解い|導)|(?:推論|思考)(?:過程|プロセス|の過程)" + _W + r"(?:示|書|説明|出力|述べ)|思考の連鎖"
        r"|(?:단계별로|단계적으로|차근차근|한 단계씩)" + _W + r"(?:생각|추론|풀이|풀어|유도)|(?:추론|사고|풀이) ?과정" + _W + r"(?:보여|써|작성|설명|출력)|사고의 사슬"
        r"|(?:думай|рассужд|реш|размышля|вывед)[^\s.,;:!?()]*" + _W + r"(?:шаг за шагом|пошагово|по шагам)|(?:ход|цепочк)[^\s.,;:!?()]* (?:[^\s.,;:!?()]+ )?(?:рассуждени|мысл|решени)[^\s.,;:!?()]*"
    ),
    "rubric_grading": (
        r"(?:评分|打分|评价|评估)" + _W + r"(?:标准|准则|量表|\d+ ?(?:分)?(?:到|至|-|~)\d+)|(?:按照|根据)" + _W + r"(?:评分标准|评分细则)|只(?:输出|返回|给出|回答)(?:分数|评分)"
        r"|(?:採点|評価|スコア)" + _W + r"(?:基準|ルーブリック|\d+ ?(?:点)?(?:から|〜|-)\d+|段階)|(?:点数|スコア)のみ"
        r"|(?:채점|평가|점수)" + _W + r"(?:기준|루브릭|척도|\d+ ?점?(?:부터|에서|~|-) ?\d+)|점수만"
        r"|(?:оцени|оцен|постав)[^\s.,;:!?()]*" + _W + r"(?:по шкале|от \d+ до \d+|критери|рубрик)|только (?:балл|оценк)"
    ),
    "preference_pair": (
        r"(?:哪|那)(?:个|一个|份|种)?(?:回答|答案|回复|输出)" + _W + r"(?:更好|更优|最好|较好)|比较" + _W + r"(?:两个|两份|以下)" + _W + r"(?:回答|答案|回复)"
        r"|どちらの?(?:回答|応答|出力|答え)" + _W + r"(?:優れ|良い|好まし|よい)|(?:어느|어떤) (?:응답|답변|대답|출력)" + _W + r"(?:더 (?:좋|나은|낫|우수)|선호)"
        r"|как[^\s.,;:!?()]+" + _W + r"ответ[^\s.,;:!?()]*" + _W + r"(?:лучше|предпочт)"
    ),
    "generate_instructions": (
        r"(?:生成|写出|编写|创建|设计|提出|想出)" + _W + r"(?:\d+|多样|不同|各种|一系列|多个|十|二十|五十)" + _W + r"(?:指令|任务|提示词|问题|题目)"
        r"|(?:\d+ ?(?:個|件|つ)|多様な|さまざまな|異なる|一連の)" + _W + r"(?:指示|タスク|プロンプト|質問|問題)を?" + _W + r"(?:生成|作成|作って|考え|書い)"
        r"|(?:\d+ ?개|다양한|서로 다른|일련의)" + _W + r"(?:지시|과제|작업|프롬프트|질문|문제)" + _W + r"(?:생성|작성|만들|써)"
        r"|(?:придумай|составь|сгенерируй|напиши|создай|предложи)[^\s.,;:!?()]*" + _W + r"(?:\d+|разнообразн[^\s.,;:!?()]*|различн[^\s.,;:!?()]*|разных|серию)" + _W + r"(?:инструкци|задани|задач|вопрос|промпт)"
    ),
    "self_instruct": (
        r"指令" + _W + r"输入" + _W + r"输出|训练数据|微调数据|指示" + _W + r"入力" + _W + r"出力|(?:学習|訓練)データ" + _W + r"(?:生成|作成)"
        r"|지시" + _W + r"입력" + _W + r"출력|(?:학습|훈련) 데이터" + _W + r"(?:생성|작성|만들)|инструкци[^\s.,;:!?()]*" + _W + r"ввод[^\s.,;:!?()]*" + _W + r"вывод|обучающ[^\s.,;:!?()]+ (?:данн|пример)"
    ),
    "rewrite_instruction": (
        r"(?:改写|重写|改编)" + _W + r"(?:指令|提示|问题|题目|任务)" + _W + r"(?:更|复杂|困难|难)|(?:指示|プロンプト|質問|問題|タスク)" + _W + r"(?:より|もっと)?(?:複雑|難し)" + _W + r"(?:書き換え|書き直|変更|して)"
        r"|(?:지시|프롬프트|질문|문제|과제)" + _W + r"(?:더 )?(?:복잡|어렵)" + _W + r"(?:다시|바꿔|고쳐|만들)|(?:перепиш|переформулируй|сделай|усложни)[^\s.,;:!?()]*" + _W + r"(?:инструкци|вопрос|задач|задани|промпт)" + _W + r"(?:сложн|труд)"
    ),
    "self_qa": (
        r"(?:生成|编写|提出|写出)" + _W + r"问题" + _W + r"(?:答案|回答|解答)|问答对|質問" + _W + r"(?:答え|回答|解答)" + _W + r"(?:生成|作成|作って|書い)|質問と回答のペア"
        r"|질문" + _W + r"(?:답변|답|정답)" + _W + r"(?:생성|작성|만들|써)|(?:придумай|составь|сгенерируй|напиши)[^\s.,;:!?()]*" + _W + r"вопрос[^\s.,;:!?()]*" + _W + r"ответ"
    ),
    "trace_cleaning": (
        r"(?:整理|精简|清理|润色|压缩|缩短)" + _W + r"(?:推理过程|思考过程|思维链|解题过程)|(?:推論|思考)(?:過程|の過程|プロセス)を?" + _W + r"(?:整理|短く|要約|書き直|清書)"
        r"|(?:추론|사고|풀이) ?과정을?" + _W + r"(?:정리|다듬|줄여|요약)|(?:сократи|очисти|отредактируй|причеши)[^\s.,;:!?()]*" + _W + r"(?:цепочк|ход)[^\s.,;:!?()]* (?:рассуждени|мысл)"
    ),
    "reasoning_extraction": (
        r"(?:真实|真正|内部|隐藏)的?(?:推理|思考|思维)|(?:只能?|仅|必须)用(?:中文|英文|英语|汉语|日语)(?:来)?(?:思考|推理)|调试(?:会话|模式)" + _W + r"(?:推理|思考|系统提示)"
        r"|(?:本当の|実際の|内部の|隠れた)(?:推論|思考)|(?:日本語|英語|中国語)(?:だけ|のみ)?で(?:考え|推論|思考)|デバッグ(?:セッション|モード)" + _W + r"(?:推論|思考)"
        r"|(?:진짜|실제|내부|숨겨진) (?:추론|사고|생각)|(?:한국어|영어|중국어)로만 (?:생각|추론|사고)|디버그 (?:세션|모드)" + _W + r"(?:추론|사고)"
        r"|(?:настоящ|реальн|внутренн|скрыт)[^\s.,;:!?()]* (?:ход[^\s.,;:!?()]* )?(?:рассуждени|мысл|размышлени)[^\s.,;:!?()]*|(?:думай|рассуждай|размышляй)[^\s.,;:!?()]*" + _W + r"только на [^\s.,;:!?()]+|(?:режим[^\s.,;:!?()]*|сесси[^\s.,;:!?()]*) отладки" + _W + r"рассужд"
    ),
}  # fmt: skip
