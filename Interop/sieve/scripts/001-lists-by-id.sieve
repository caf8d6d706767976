# Mailing lists by List-Id, each into a folder of its own.
require "fileinto";
if header :contains "List-Id" "ilug.linux.ie" { fileinto "Lists/ILUG"; }
elsif header :contains "List-Id" "fork.xent.com" { fileinto "Lists/FoRK"; }
elsif header :contains "List-Id" "rpm-zzzlist" { fileinto "Lists/RPM"; }
elsif exists "List-Id" { fileinto "Lists/Other"; }
