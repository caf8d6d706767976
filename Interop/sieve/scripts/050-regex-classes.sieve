require ["regex", "fileinto"];
if header :regex "Subject" "[[:digit:]]{3,}" { fileinto "Digits"; }
elsif header :regex "Subject" "^re:[[:space:]]+[^[:space:]]" { fileinto "Reply"; }
elsif header :regex "Subject" "(offer|deal|save|win)[[:punct:]]?$" { fileinto "Offers"; }
