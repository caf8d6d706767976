require ["fileinto", "regex", "comparator-i;octet"];
if header :regex :comparator "i;octet" "Subject" "^[A-Z0-9 ,.!?$%-]{12,}$" { fileinto "Shouting"; }
