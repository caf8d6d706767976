require ["variables", "fileinto", "relational", "comparator-i;ascii-numeric"];
set "n" "0";
if header :contains "Subject" "re" { set "n" "${n}1"; }
if exists "Cc" { set "n" "${n}2"; }
if string :value "ge" :comparator "i;ascii-numeric" "${n}" "10" { fileinto "Many"; }
elsif string :count "ge" :comparator "i;ascii-numeric" ["${n}", "", "x"] "2" { fileinto "Two"; }
