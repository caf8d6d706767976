# Judges messages by Mail::DMARC from what others found, a line of input and output each.
#
#   mail-dmarc.pl PORT < CLAIMS
#
# PORT is that of a name server on 127.0.0.1. A claim is, with tabs between: From's domain, MAIL FROM's domain, SPF's
# verdict, and any number of domains whose signature verified. Told are the verdict and the policy to enforce.
use strict;
use warnings;
use Mail::DMARC::PurePerl;
use Net::DNS::Resolver;

my $port = shift;
my $resolver = Net::DNS::Resolver->new(nameservers => ['127.0.0.1'], port => $port, recurse => 0);
while (my $line = <STDIN>) {
    chomp $line;
    my ($from, $sender, $spf, @signers) = split /\t/, $line;
    my $dmarc = Mail::DMARC::PurePerl->new;
    $dmarc->config->{dns}{public_suffix_list} = '/usr/share/publicsuffix/public_suffix_list.dat';
    $dmarc->set_resolver($resolver);
    $dmarc->source_ip('192.0.2.1');
    $dmarc->header_from($from);
    $dmarc->envelope_from($sender);
    $dmarc->spf([{ scope => 'mfrom', domain => $sender, result => $spf }]);
    $dmarc->dkim([map { { domain => $_, selector => 'probe', result => 'pass' } } @signers]);
    my $result = eval { $dmarc->validate };
    if (!$result) { print 'error ', ($@ =~ s/\s+/ /gr), "\n"; next }
    printf "%s\t%s\t%s\n", $result->result, $result->disposition // '', join ' ', map { $_->type } $result->reason ? @{$result->reason} : ();
}
