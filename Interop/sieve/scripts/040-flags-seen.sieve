require ["imap4flags"];
if header :is "X-Mailer" ["exmh version 2.5 07/13/2001 with nmh-1.0.4"] { keep :flags "\\Seen"; stop; }
if header :contains "User-Agent" "mutt" { setflag "\\Seen \\Flagged"; }
