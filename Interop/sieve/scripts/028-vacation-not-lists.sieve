require ["vacation", "fileinto"];
if exists ["List-Id"] { fileinto "Lists"; stop; }
if header :contains "Precedence" "bulk" { stop; }
vacation :handle "h" "Away";
keep;
