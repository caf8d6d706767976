# execute
require "vacation";
vacation :mime :handle "summer" :from "Alice <alice@martlet.test>" :addresses "yyyy@spamassassin.taint.org" text:
Content-Type: text/html; charset=utf-8

<p>Bin im Urlaub – grüße</p>
.
;
