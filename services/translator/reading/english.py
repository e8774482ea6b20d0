"""How requests for a translation are worded in English.

Covers: the patterns, in the notation of grammar.py. Does not cover: which of the texts they find
is about the world and no request (world.py).
"""

from __future__ import annotations

from services.translator.reading.grammar import Grammar, either

_HELLO = (
    r"(?:(?:hey|hi|hello|ok|okay|so|and|please|pls|plz|well|also|then|now|sorry|excuse me|thanks"
    r"|quick question|question)[,!.:]? ){0,2}"
)
_ASKED = (
    "(?:"
    + either(
        r"""(?:can|could|would|will|may|might) (?:you|someone|anyone|i|we), do you, does anyone,
        i (?:want|need) to, i(?:'m| am) trying to, teach me to,
        i(?:'d| would) (?:like|love)(?: you)?(?: to)?, i, let me, please, just, kindly, quickly,
        any idea, anyone, happen to, help me, tell me, teach me, show me, give me, remind me, know,
        wonder(?:ing)?, was, ask, find out, learn, be, need, want, get, have"""
    )
    + " ){0,5}"
)
_OPEN = _HELLO + _ASKED
_WHO = r"(?:you|i|we|one|they|people|someone|somebody|a person|native speakers|the locals)"
_HOW = (
    r"(?:best |properly |correctly |politely |formally |informally |usually |normally |actually )?"
)
_WHAT_IS = r"(?:what(?: is|'s|s| are| was| would be| do you think is)|is there|are there) "
_GOOD = (
    r"(?:(?:common|usual|right|correct|proper|exact|best|good|literal|formal|informal|polite"
    r"|everyday|closest|actual|simple|short) )?"
)
_WORD = (
    rf"(?:{_GOOD}"
    r"(?:(?:words?|terms?|phrases?|expressions?|translations?|equivalents?|names?|way)"
    r" (?:for|to say|of saying|meaning|that means)"
    r"|(?:translation|equivalent|name|meaning) (?:of|to)))"
)
_ASKING = """
    please, give, get, tell, show, i, we, need, want, me, us, can, could, you, have, the, write,
    type, put, turn, convert"""
_QUOTED = (
    rf"(?:{either(_ASKING)} ){{1,6}}"
    r"(?P<text>\"[^\"]+\"|“[^”]+”|«[^»]+»|‘.+’|(?<!\w)'.+')"  # noqa: RUF001
)

ENGLISH = Grammar(
    locale="en",
    into=("in", "to", "into", "in to", "using"),
    out_of=("from", "out of"),
    translate=_OPEN + rf"(?:how (?:do|does|would|can|could|should) {_WHO} {_HOW}|how to )?"
    r"(?:translate|translating|render)(?: for me)?",
    asks=(
        r"{text}[.:?!,\n] ?(?:please |can you |could you )*translate (?:this|that|it|the above)",
        _OPEN + rf"how (?:do|does|did|would|should|can|could|might|may|must|will) {_WHO} {_HOW}"
        r"(?:say|express|word|phrase) {text}",
        _OPEN + rf"how {_WHO}(?:'d| would| should| can| could| do)? {_HOW}say {{text}}",
        _OPEN + rf"how to {_HOW}say {{text}}",
        _OPEN + r"how (?:is|are|would|should|could|can|do you get) {text} "
        r"(?:be )?(?:said|translated|expressed|rendered)",
        _OPEN + r"how (?:does|do|would|should|did) {text} translate",
        _OPEN
        + rf"(?:what|how) (?:do|does|would|could|can|should) {_WHO} (?:call|say for) {{text}}",
        _OPEN + r"what(?: is|'s|s| are) {text} called",
        _OPEN + r"what would {text} (?:be|be called|translate to)",
        _OPEN + rf"(?:{_WHAT_IS})?(?:the |a |an |some )?{_WORD} {{text}}",
        _OPEN + r"(?:say|saying) {text}",
        _OPEN + r"(?:tell me|know|wonder) what {text} (?:is|are)(?: called)?",
        r"{text},? meaning",
        _QUOTED,
        _OPEN + r"(?:what|which) (?:words?|phrases?) (?:means?|stands? for) {text}",
        _OPEN + r"(?:the |a )?translation(?:(?: for| of)|:) {text}",
        _OPEN + r"(?:what(?: is|'s|s) )?(?:the )?(?:meaning|sense) of {text}",
        _OPEN + r"(?:what about|how about) {text}",
    ),
    weak_asks=(
        _OPEN + r"(?:what is |what's )?{text},? translated",
        _OPEN + r"what(?: is|'s|s| are|'re) {text}",
        _OPEN + rf"how (?:do|would|should|can) {_WHO} (?:write|spell) {{text}}",
        _OPEN + r"how to (?:write|spell) {text}",
        _OPEN + r"(?:write|spell) (?!an? |me |us |some |about ){text}",
    ),
    language_first=(
        _OPEN
        + rf"(?:{_WHAT_IS})?(?:the |an? )?(?:words?|term|phrase|expression|name) in {{target}}"
        r" (?:for|meaning|that means) {text}",
        _OPEN + r"(?:what|which) {target} (?:words?|phrases?) (?:means?|stands? for) {text}",
        _OPEN + rf"(?:{_WHAT_IS})?(?:the |an? |some |any )?{_GOOD}{{target}} {_WORD} {{text}}",
        _OPEN + rf"(?:{_WHAT_IS})?(?:the |an? )?{{target}} for {{text}}",
        _OPEN + rf"(?:tell me|know|wonder) what the {{target}} {_WORD} {{text}} (?:is|would be)",
        _OPEN + r"how (?:do|does|would) (?:an? |the )?{target}(?: people| persons?| speakers?)? "
        r"say {text}",
        _OPEN + r"what (?:do|does|would) (?:the )?{target}(?: people| speakers)? call {text}",
        _OPEN + r"(?:the )?{target} translation(?: of| for)?: ?{text}",
        _OPEN + r"(?:what is |what's )?(?:the )?meaning of the {source} "
        r"(?:word|phrase|expression) {text}",
    ),
    language_opens=(
        _OPEN + rf"(?:in|into) {{target}},? how (?:do|does|would|should|can|could) {_WHO} {_HOW}"
        r"(?:say|write) {text}",
        _OPEN + r"(?:in|into) {target},? how to say {text}",
        _OPEN + rf"(?:in|into) {{target}},? what(?: is|'s|s) the {_WORD} {{text}}",
        _OPEN + rf"(?:in|into) {{target}},? what do {_WHO} call {{text}}",
        _OPEN + r"(?:in|into|to) {target}:\s*{text}",
        r"in {target},? (?P<text>\"[^\"]+\"|“[^”]+”)",
    ),
    meanings=(
        _OPEN + r"what (?:does|do|did|would|might|could) {text} mean",
        _OPEN + r"what(?:'s|s| is) {text} mean",
        _OPEN + r"what {text} (?:means|mean|meant)",
        _OPEN + r"{text} (?:means|mean) what",
        _OPEN + r"what is meant by {text}",
    ),
    referring="this|it|that|these|those",
    questions=r"who|whose|whom|which|when|where|why|how|what|is|are|was|were|do|does|did|can|could"
    r"|will|would|should|has|have|had|may|might|am|whats",
)
