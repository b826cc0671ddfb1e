OPENQASM 3.0;
include "stdgates.inc";
qubit[3] x1;
h x1[2];
cp(-pi/2) x1[2], x1[1];
cp(-pi/4) x1[2], x1[0];
h x1[1];
cp(-pi/2) x1[1], x1[0];
h x1[0];
