require ["imap4flags", "relational", "comparator-i;ascii-numeric", "fileinto"];
if header :contains "Subject" "re:" { addflag ["a", "b", "A", "c"]; } else { addflag "a"; }
if hasflag :count "ge" :comparator "i;ascii-numeric" "3" { fileinto "Three"; }
else { fileinto :flags "" "Fewer"; }
