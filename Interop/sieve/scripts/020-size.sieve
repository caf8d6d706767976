require "fileinto";
if size :over 100K { fileinto "Large"; }
elsif size :over 10K { fileinto "Medium"; }
elsif size :under 1500 { fileinto "Small"; }
