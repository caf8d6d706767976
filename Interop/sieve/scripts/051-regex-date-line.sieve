require ["regex", "fileinto", "variables"];
if header :regex "Date" "^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), +([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4})" {
    fileinto "${4}/${3}/${2} ${1}";
} else { fileinto "OddDate"; }
