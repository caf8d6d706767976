require ["regex", "fileinto", "variables"];
set "word" "[a-z]+";
if header :regex "Subject" "^${word}$" { fileinto "OneWord"; }
elsif header :regex "Subject" "^re: ${word} ${word}$" { fileinto "TwoWords"; } else { fileinto "Different"; }
